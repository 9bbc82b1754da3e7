import type { AudienceStore, StoredSegment, SubscribersChanged } from '@carillon/http-api'
import type { Pool } from 'pg'
import { toArrayLiteral } from '../array-literal.ts'
import { onlyRow, runStatement, type Statement } from '../run-statement.ts'
import {
  ADD_SUBSCRIBERS,
  FIND_SEGMENT,
  LIST_SEGMENTS,
  LIST_SUBSCRIBERS,
  REMOVE_SEGMENT,
  REMOVE_SUBSCRIBERS,
  SAVE_SEGMENT,
} from '../sql/audiences.ts'
import { repeatConflicts } from '../transaction.ts'
import { type Parameter, segmentCondition } from './segment-condition.ts'

export function createAudienceStore({ pool }: { readonly pool: Pool }): AudienceStore {
  function run<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return repeatConflicts(statement.name, () => runStatement<Row>(pool, statement, values))
  }

  return {
    async addSubscribers(tenantId, topic, userIds) {
      return onlyRow(await run<SubscribersChanged>(ADD_SUBSCRIBERS, [tenantId, topic, userIds]))
    },
    async removeSubscribers(tenantId, topic, userIds) {
      return onlyRow(await run<SubscribersChanged>(REMOVE_SUBSCRIBERS, [tenantId, topic, userIds]))
    },
    async listSubscribers(tenantId, topic, { after, limit, only }) {
      const rows = await run<{ userId: string }>(LIST_SUBSCRIBERS, [tenantId, topic, after, limit, only ?? null])
      return rows.map(({ userId }) => userId)
    },
    async saveSegment(tenantId, { code, name, rule }) {
      return onlyRow(await run<StoredSegment>(SAVE_SEGMENT, [tenantId, code, name, JSON.stringify(rule)]))
    },
    async findSegment(tenantId, code) {
      const [segment] = await run<StoredSegment>(FIND_SEGMENT, [tenantId, code])
      return segment
    },
    listSegments: (tenantId) => run<StoredSegment>(LIST_SEGMENTS, [tenantId]),
    async removeSegment(tenantId, code) {
      return (await run(REMOVE_SEGMENT, [tenantId, code])).length > 0
    },
    countPeople: (tenantId, rule) =>
      repeatConflicts('count the people of a segment', async () => {
        const values: unknown[] = [tenantId]
        const parameter: Parameter = (value, type) =>
          `$${values.push(Array.isArray(value) ? toArrayLiteral(value) : value)}::${type}`
        const condition = segmentCondition(rule, parameter)
        const text = `SELECT count(*)::int AS count FROM "User" u WHERE u."tenantId" = $1 AND ${condition}`
        return onlyRow((await pool.query<{ count: number }>({ text, values })).rows).count
      }),
  }
}
