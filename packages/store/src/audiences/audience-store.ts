import type { SegmentRule } from '@carillon/contracts'
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

export interface StoredSegment {
  readonly code: string
  readonly name: string | null
  readonly rule: SegmentRule
  readonly updatedAt: Date
}

interface SubscribersChanged {
  readonly changed: number
  readonly subscribers: number
}

export function createAudienceStore({ pool }: { readonly pool: Pool }) {
  function run<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<Row[]> {
    return repeatConflicts(statement.name, () => runStatement<Row>(pool, statement, values))
  }

  return {
    async addSubscribers(tenantId: string, topic: string, userIds: readonly string[]) {
      return onlyRow(await run<SubscribersChanged>(ADD_SUBSCRIBERS, [tenantId, topic, userIds]))
    },
    async removeSubscribers(tenantId: string, topic: string, userIds: readonly string[]) {
      return onlyRow(await run<SubscribersChanged>(REMOVE_SUBSCRIBERS, [tenantId, topic, userIds]))
    },
    async listSubscribers(
      tenantId: string,
      topic: string,
      { after, limit, only = null }: { after: string; limit: number; only?: string | null },
    ) {
      const rows = await run<{ userId: string }>(LIST_SUBSCRIBERS, [tenantId, topic, after, limit, only])
      return rows.map(({ userId }) => userId)
    },
    async saveSegment(tenantId: string, { code, name, rule }: Omit<StoredSegment, 'updatedAt'>) {
      return onlyRow(await run<StoredSegment>(SAVE_SEGMENT, [tenantId, code, name, JSON.stringify(rule)]))
    },
    async findSegment(tenantId: string, code: string) {
      const [segment] = await run<StoredSegment>(FIND_SEGMENT, [tenantId, code])
      return segment
    },
    listSegments: (tenantId: string) => run<StoredSegment>(LIST_SEGMENTS, [tenantId]),
    async removeSegment(tenantId: string, code: string) {
      return (await run(REMOVE_SEGMENT, [tenantId, code])).length > 0
    },
    countPeople: (tenantId: string, rule: SegmentRule) =>
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
