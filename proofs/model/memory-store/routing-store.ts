import { type Facts, type FactsRequest, factKey, type RefusedEvent, type RoutingStore } from '@carillon/routing'
import { recordPublished } from './dispatches.ts'
import type { Announce, Memory } from './memory.ts'
import { type FirstLookMs, rowKey } from './rows.ts'
import { savePlans } from './save-plans.ts'

const HOUR_MS = 3_600_000

export function createMemoryRoutingStore(memory: Memory, announce: Announce, firstLookMs: FirstLookMs): RoutingStore {
  return {
    holdEvents: () => Promise.reject(new Error('the model holds no events')),
    loadFacts: async (request) => loadFacts(memory, request),
    savePlans: async (chunk) => savePlans(memory, announce, firstLookMs, chunk),
    recordPublished: async (dispatches) => recordPublished(memory, dispatches),
    startFanouts: () => Promise.reject(new Error('the model names few people, and no audience')),
    async saveRefusals(refusals) {
      const accepted = refusals.filter(({ tenantId, id, fingerprint }) => {
        const event = memory.tables.events.get(rowKey(tenantId, id))
        return event && event.state !== 'REFUSED' && event.fingerprint === fingerprint
      })
      for (const refusal of refusals) saveRefusal(memory, refusal)
      return accepted.map(({ tenantId, id }) => ({ tenantId, id }))
    },
  }
}

function loadFacts({ tables, nowMs }: Memory, request: FactsRequest): Facts {
  const now = nowMs()
  const people = request.people.map(({ tenantId, recipientId: id }) => {
    const key = factKey(tenantId, id)
    const recent = [...tables.notifications.values()].filter(
      (one) =>
        one.tenantId === tenantId &&
        one.recipientId === id &&
        one.plannedAt !== null &&
        one.createdAt > now - HOUR_MS &&
        !request.eventIds.includes(one.eventId ?? ''),
    )
    const stored = tables.people.get(rowKey(tenantId, id))
    if (!stored) return [key, { id, sentLastHour: recent.length }] as const
    const { email, phone, locale, timeZone, preferences } = stored
    const user = { email, phone, locale, timeZone, preferences, hasPushToken: false }
    return [key, { id, sentLastHour: recent.length, user }] as const
  })
  return {
    now: new Date(now),
    people: new Map(people),
    categories: new Map(
      request.categories.flatMap(({ tenantId, code }) => {
        const category = tables.categories.get(rowKey(tenantId, code))
        return category ? [[factKey(tenantId, code), category] as const] : []
      }),
    ),
    tenants: new Map(
      request.tenantIds.flatMap((id) => {
        const tenant = tables.tenants.get(id)
        return tenant ? [[id, tenant] as const] : []
      }),
    ),
    servedChannels: new Set(['IN_APP', ...tables.servedChannels]),
  }
}

function saveRefusal({ tables }: Memory, refusal: RefusedEvent): void {
  const key = rowKey(refusal.tenantId, refusal.id)
  if (tables.events.has(key)) return
  const { acceptedAt, ...event } = refusal
  tables.events.set(key, {
    ...event,
    state: 'REFUSED',
    cancelKey: null,
    recipientCount: null,
    notificationCount: 0,
    acceptedAt: acceptedAt.getTime(),
    plannedAt: null,
    traceparent: null,
  })
}
