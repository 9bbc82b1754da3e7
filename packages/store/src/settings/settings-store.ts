import type { CategoryFacts, TenantFacts } from '@carillon/planning'
import type { Pool } from 'pg'
import { runStatement } from '../run-statement.ts'
import { SAVE_CATEGORY, SAVE_TENANT } from '../sql/settings.ts'
import { repeatConflicts } from '../transaction.ts'

export interface TenantToSave extends TenantFacts {
  readonly id: string
  readonly name: string
}

export interface SettingsStore {
  saveCategory(tenantId: string, category: CategoryFacts): Promise<void>
  saveTenant(tenant: TenantToSave): Promise<void>
}

export function createSettingsStore({ pool }: { readonly pool: Pool }): SettingsStore {
  return {
    async saveCategory(tenantId, category) {
      const { code, mandatoryChannels, defaultChannels, ladder, preferences, usefulSeconds, atMostOnce } = category
      const values = [
        tenantId,
        code,
        mandatoryChannels,
        defaultChannels,
        ladder && JSON.stringify(ladder),
        preferences && JSON.stringify(preferences),
        usefulSeconds,
        atMostOnce,
      ]
      await repeatConflicts('save a category', () => runStatement(pool, SAVE_CATEGORY, values))
    },
    async saveTenant({ id, name, timeZone, locale, ladder, preferences }) {
      const settings = JSON.stringify({ ladder: ladder ?? undefined, preferences: preferences ?? undefined })
      await repeatConflicts('save a tenant', () =>
        runStatement(pool, SAVE_TENANT, [id, name, timeZone, locale, settings]),
      )
    },
  }
}
