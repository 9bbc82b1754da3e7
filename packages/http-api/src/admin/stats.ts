import { type DeliveryStatus, statsAnswerSchema } from '@carillon/contracts'
import { z } from 'zod'
import { answerJson } from '../answer.ts'
import { defineRoute } from '../route.ts'
import type { DeliveryCount } from './admin-ports.ts'

const HOUR_MS = 3_600_000

export const getStats = defineRoute({
  method: 'get',
  path: '/api/admin/stats',
  access: { scope: 'admin:read', people: 'scoped' },
  summary: 'Count deliveries by channel and state',
  description: 'Of the last `hours` (24 unless said otherwise, at most 720). Counted at most every few seconds.',
  query: z.object({ hours: z.coerce.number().int().min(1).max(720).default(24) }),
  answers: { 200: { description: 'How every channel fares', schema: statsAnswerSchema } },
  async handle({ caller, query: { hours }, exchange }) {
    // To the minute, so that those who ask together share an answer.
    const minute = Math.floor(exchange.settings.now().getTime() / 60_000) * 60_000
    const since = new Date(minute - hours * HOUR_MS)
    const counts = await exchange.ports.admin.deliveries.countDeliveries(caller.tenantId, since)
    return answerJson(200, { since: since.toISOString(), channels: groupByChannel(counts) })
  },
})

const GROUPS: Readonly<Record<string, readonly DeliveryStatus[]>> = {
  waiting: ['PENDING'],
  delayed: ['SCHEDULED'],
  active: ['SENDING', 'UNKNOWN'],
  completed: ['SENT', 'DELIVERED'],
  failed: ['FAILED'],
}

function groupByChannel(counts: readonly DeliveryCount[]) {
  return [...Map.groupBy(counts, ({ channel }) => channel)].map(([channel, rows]) => ({
    channel,
    ...Object.fromEntries(
      Object.entries(GROUPS).map(([name, statuses]) => [
        name,
        sum(rows.filter(({ status }) => statuses.includes(status)).map(({ count }) => count)),
      ]),
    ),
    possiblySent: sum(rows.map(({ possiblySent }) => possiblySent)),
    statuses: Object.fromEntries(rows.map(({ status, count }) => [status, count])),
  }))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
