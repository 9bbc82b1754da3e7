import type { StoredCategory, StoredLadder, StoredTenant } from '@carillon/contracts'
import type { SettingsAdmin } from './settings-ports.ts'

/** The store's twin in memory, for tests of the API. */
export function createMemorySettings(): SettingsAdmin {
  const categories = new Map<string, StoredCategory>()
  const ladders = new Map<string, StoredLadder>()
  const tenants = new Map<string, StoredTenant>()
  const keyOf = (tenantId: string, name: string) => `${tenantId}\n${name}`
  const listOf = <Row>(rows: ReadonlyMap<string, Row>, tenantId: string) =>
    [...rows].flatMap(([key, row]) => (key.startsWith(`${tenantId}\n`) ? [row] : []))
  return {
    listCategories: async (tenantId) => listOf(categories, tenantId),
    findCategory: async (tenantId, code) => categories.get(keyOf(tenantId, code)),
    async saveCategory(tenantId, code, category) {
      const saved = { code, ...category }
      categories.set(keyOf(tenantId, code), saved)
      return saved
    },
    deleteCategory: async (tenantId, code) => categories.delete(keyOf(tenantId, code)),
    listLadders: async (tenantId) => listOf(ladders, tenantId),
    findLadder: async (tenantId, name) => ladders.get(keyOf(tenantId, name)),
    async saveLadder(tenantId, name, ladder) {
      const saved = { name, ...ladder }
      ladders.set(keyOf(tenantId, name), saved)
      return saved
    },
    async deleteLadder(tenantId, name) {
      const users = listOf(categories, tenantId).filter((one) => one.ladderName === name)
      if (users.length > 0) return { isDeleted: false, usedBy: users.map(({ code }) => `category ${code}`) }
      return { isDeleted: ladders.delete(keyOf(tenantId, name)), usedBy: [] }
    },
    findTenant: async (tenantId) => tenants.get(tenantId),
    async saveTenant(tenantId, tenant) {
      const plain = { id: tenantId, name: tenantId, timeZone: null, locale: null }
      const old = tenants.get(tenantId) ?? { ...plain, ladder: null, ladderName: null, preferences: null }
      const given = Object.fromEntries(Object.entries(tenant).filter(([, value]) => value !== undefined))
      const saved = { ...old, ...given }
      tenants.set(tenantId, saved)
      return saved
    },
    readExperiment: async () => [],
  }
}
