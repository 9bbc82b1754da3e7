import type {
  CategorySettings,
  ExperimentArm,
  NamedLadder,
  StoredCategory,
  StoredLadder,
  StoredTenant,
  TenantInput,
} from '@carillon/contracts'

/** What operators decide for all people of a tenant. Each is one statement. */
export interface SettingsAdmin {
  listCategories(tenantId: string): Promise<readonly StoredCategory[]>
  findCategory(tenantId: string, code: string): Promise<StoredCategory | undefined>
  /** Undefined when the tenant has as many as one may have. */
  saveCategory(tenantId: string, code: string, category: CategorySettings): Promise<StoredCategory | undefined>
  deleteCategory(tenantId: string, code: string): Promise<boolean>
  listLadders(tenantId: string): Promise<readonly StoredLadder[]>
  findLadder(tenantId: string, name: string): Promise<StoredLadder | undefined>
  saveLadder(tenantId: string, name: string, ladder: NamedLadder): Promise<StoredLadder | undefined>
  /** Only while nobody names it; who does is answered. */
  deleteLadder(
    tenantId: string,
    name: string,
  ): Promise<{ readonly isDeleted: boolean; readonly usedBy: readonly string[] }>
  findTenant(tenantId: string): Promise<StoredTenant | undefined>
  saveTenant(tenantId: string, tenant: TenantInput): Promise<StoredTenant>
  readExperiment(tenantId: string, experiment: string, since: Date): Promise<readonly ArmCounts[]>
}

export type ArmCounts = Omit<ExperimentArm, 'ladder'> & { readonly arm: 'a' | 'b' }
