import { type AnalyticsAnswer, analyticsAnswerSchema, CHANNELS } from '@carillon/contracts'
import { z } from 'zod'
import { answerInvalid, answerJson } from '../answer.ts'
import { defineRoute } from '../route.ts'
import type { AnalyticsCounts, AnalyticsDesk } from './analytics-ports.ts'

const DAY_MS = 86_400_000
const DAYS_MAX = 31
const MINUTE_MS = 60_000
const instant = z.iso.datetime({ offset: true })

export const getAnalytics = defineRoute({
  method: 'get',
  path: '/api/admin/analytics',
  access: { scope: 'admin:read', people: 'scoped' },
  summary: 'See how much is sent and read, what it costs, and what reading saves',
  description: `Of what was born from \`since\` to \`until\`: the last day unless said otherwise, at most ${DAYS_MAX} days.`,
  query: z.object({ since: instant.optional(), until: instant.optional() }),
  answers: { 200: { description: 'The figures of the tenant', schema: analyticsAnswerSchema } },
  async handle({ caller, query, exchange }) {
    // To the minute, so that those who ask together share an answer.
    const minute = Math.ceil(exchange.settings.now().getTime() / MINUTE_MS) * MINUTE_MS
    const until = new Date(query.until ?? minute)
    const since = new Date(query.since ?? until.getTime() - DAY_MS)
    const spanMs = until.getTime() - since.getTime()
    if (spanMs <= 0) return answerInvalid([{ path: 'until', message: 'must be after since' }])
    if (spanMs > DAYS_MAX * DAY_MS) return answerInvalid([{ path: 'since', message: `at most ${DAYS_MAX} days` }])
    const { analytics } = exchange.ports.admin
    const counts = await analytics.readAnalytics(caller.tenantId, since, until)
    return answerJson(200, describeAnalytics(counts, since, until, analytics.costs))
  },
})

function describeAnalytics(
  { isCut, hours, statuses, accepted, reading, escalations }: AnalyticsCounts,
  since: Date,
  until: Date,
  costs: AnalyticsDesk['costs'],
): AnalyticsAnswer {
  const { notifications, read } = reading
  return {
    ...{ since: since.toISOString(), until: until.toISOString(), isCut },
    sentPerHour: [...Map.groupBy(hours, ([hour]) => hour)].map(([hour, rows]) => ({
      hour,
      channels: Object.fromEntries(rows.map(([, channel, count]) => [channel, count])),
    })),
    channels: CHANNELS.flatMap((channel) => {
      const ofChannel = statuses.filter(([name]) => name === channel)
      if (ofChannel.length === 0) return []
      const acceptedCount = accepted[channel] ?? 0
      const price = costs[channel]
      return {
        channel,
        statuses: Object.fromEntries(ofChannel.map(([, status, count]) => [status, count])),
        accepted: acceptedCount,
        cost: price === undefined ? null : roundCost(acceptedCount * price),
      }
    }),
    reading: { ...reading, rate: notifications === 0 ? null : read / notifications },
    escalations,
  }
}

/** Prices are fractions of a cent, and sums of them are not to end in …0004. */
function roundCost(cost: number): number {
  return Math.round(cost * 1_000_000) / 1_000_000
}
