import type { StoredCategory, StoredLadder, StoredTenant } from '@carillon/contracts'
import type { ArmCounts, SettingsAdmin } from '@carillon/http-api'
import type { Pool } from 'pg'
import { onlyRow, runStatement } from '../run-statement.ts'
import {
  DELETE_CATEGORY,
  DELETE_LADDER,
  FIND_CATEGORY,
  FIND_LADDER,
  FIND_LADDER_USERS,
  FIND_TENANT,
  LIST_CATEGORIES,
  LIST_LADDERS,
  PUT_CATEGORY,
  PUT_LADDER,
  PUT_TENANT,
  READ_EXPERIMENT,
} from '../sql/ladders.ts'
import { repeatConflicts } from '../transaction.ts'

const CATEGORIES_MAX = 1_000
const LADDERS_MAX = 1_000
/** As many of the newest are counted; more says nothing new. */
const EXPERIMENT_NOTIFICATIONS_MAX = 200_000

export function createLadderStore({ pool }: { readonly pool: Pool }): SettingsAdmin {
  return { ...createCategories(pool), ...createLadders(pool), ...createTenants(pool) }
}

function toJson(value: unknown): string | null {
  return value === null || value === undefined ? null : JSON.stringify(value)
}

type Categories = Pick<SettingsAdmin, 'listCategories' | 'findCategory' | 'saveCategory' | 'deleteCategory'>

function createCategories(pool: Pool): Categories {
  return {
    listCategories: (tenantId) =>
      repeatConflicts('list categories', () => runStatement(pool, LIST_CATEGORIES, [tenantId, CATEGORIES_MAX])),
    async findCategory(tenantId, code) {
      const find = () => runStatement<StoredCategory>(pool, FIND_CATEGORY, [tenantId, code])
      return (await repeatConflicts('find a category', find))[0]
    },
    async saveCategory(tenantId, code, category) {
      const values = [
        ...[tenantId, code, category.mandatoryChannels, category.defaultChannels],
        ...[toJson(category.ladder), category.ladderName, toJson(category.preferences)],
        ...[category.usefulSeconds, category.atMostOnce, toJson(category.digest), CATEGORIES_MAX],
      ]
      const save = () => runStatement<StoredCategory>(pool, PUT_CATEGORY, values)
      return (await repeatConflicts('save a category', save))[0]
    },
    async deleteCategory(tenantId, code) {
      const remove = () => runStatement(pool, DELETE_CATEGORY, [tenantId, code])
      return (await repeatConflicts('delete a category', remove)).length > 0
    },
  }
}

type Ladders = Pick<SettingsAdmin, 'listLadders' | 'findLadder' | 'saveLadder' | 'deleteLadder' | 'readExperiment'>

function createLadders(pool: Pool): Ladders {
  return {
    listLadders: (tenantId) =>
      repeatConflicts('list ladders', () => runStatement(pool, LIST_LADDERS, [tenantId, LADDERS_MAX])),
    async findLadder(tenantId, name) {
      const find = () => runStatement<StoredLadder>(pool, FIND_LADDER, [tenantId, name])
      return (await repeatConflicts('find a ladder', find))[0]
    },
    async saveLadder(tenantId, name, { description, steps, experiment }) {
      const values = [tenantId, name, description, JSON.stringify(steps), toJson(experiment), LADDERS_MAX]
      const save = () => runStatement<StoredLadder>(pool, PUT_LADDER, values)
      return (await repeatConflicts('save a ladder', save))[0]
    },
    async deleteLadder(tenantId, name) {
      const values = [tenantId, name]
      const deleted = await repeatConflicts('delete a ladder', () => runStatement(pool, DELETE_LADDER, values))
      if (deleted.length > 0) return { isDeleted: true, usedBy: [] }
      const find = () => runStatement<{ usedBy: string }>(pool, FIND_LADDER_USERS, values)
      return { isDeleted: false, usedBy: (await repeatConflicts('find users', find)).map(({ usedBy }) => usedBy) }
    },
    readExperiment: (tenantId, experiment, since) =>
      repeatConflicts('read an experiment', () =>
        runStatement<ArmCounts>(pool, READ_EXPERIMENT, [
          ...[tenantId, experiment, since.toISOString(), EXPERIMENT_NOTIFICATIONS_MAX],
        ]),
      ),
  }
}

function createTenants(pool: Pool): Pick<SettingsAdmin, 'findTenant' | 'saveTenant'> {
  return {
    async findTenant(tenantId) {
      const find = () => runStatement<StoredTenant>(pool, FIND_TENANT, [tenantId])
      return (await repeatConflicts('find a tenant', find))[0]
    },
    async saveTenant(tenantId, tenant) {
      // JSON leaves out what is undefined, and the statement tells absent from null.
      const values = [tenantId, JSON.stringify(tenant)]
      return onlyRow(await repeatConflicts('save a tenant', () => runStatement<StoredTenant>(pool, PUT_TENANT, values)))
    },
  }
}
