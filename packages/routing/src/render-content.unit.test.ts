import { type NotificationEvent, normalizeEvent, templateDefinitionSchema } from '@carillon/contracts'
import { prepareTemplate, shippedCatalogue, templateKey } from '@carillon/templates'
import { expect, it, vi } from 'vitest'
import type { RefusedRecord } from './decode-event.ts'
import type { EventRecord } from './event-record.ts'
import { renderContent } from './render-content.ts'
import { type RoutingPolicy, type RoutingPorts, routeEvents } from './route-events.ts'
import { type Facts, factKey, type PlannedChunk } from './routing-store.ts'

const NOW = new Date('2026-11-21T12:00:00Z')
const policy: RoutingPolicy = {
  usefulSecondsDefault: 259_200,
  perUserHourlyMax: 100,
  maxAttempts: { EMAIL: 4, SMS: 3, PUSH: 3, WHATSAPP: 3, IN_APP: 1 },
  planMaxAgeMs: 259_200_000,
  eventIdKeys: ['key'],
}
const definition = templateDefinitionSchema.parse({
  variables: [{ name: 'n' }],
  locales: { en: { title: 'Hello', message: 'Hello {{ n }}' }, de: { title: 'Hallo', message: 'Hallo {{ n }}' } },
})
const templates = new Map([
  [templateKey({ tenantId: 'default', code: 'HELLO' }), prepareTemplate('HELLO', 4, definition)],
])

function event(change: Record<string, unknown>): NotificationEvent {
  const normalized = normalizeEvent({ type: 'X', recipientIds: ['ann', 'ben'], ...change }, NOW)
  if (!normalized.ok) throw new Error(JSON.stringify(normalized.problems))
  return normalized.event
}

it('renders once a language, however many people read it', () => {
  const prepared = prepareTemplate('HELLO', 4, definition)
  const render = vi.spyOn(prepared, 'render')
  const content = renderContent(
    'default',
    event({ templateCode: 'HELLO', variables: { n: 1 } }),
    new Map([[templateKey({ tenantId: 'default', code: 'HELLO' }), prepared]]),
  )
  if (!content.ok) throw new Error(content.reason)
  expect(content.contentFor('de')).toMatchObject({ title: 'Hallo', templateCode: 'HELLO', templateVersion: 4 })
  for (let reader = 0; reader < 100; reader++) content.contentFor('de')
  expect(content.contentFor(null).title).toBe('Hello')
  expect(render.mock.calls.length).toBeLessThanOrEqual(3)
})

it.each([
  [{ templateCode: 'NOBODY' }, 'template_unknown', 'templateCode'],
  [{ templateCode: 'HELLO' }, 'template_not_filled', 'variables.n'],
  [{ templateCode: 'HELLO', variables: { n: {} } }, 'template_not_filled', 'variables'],
])('refuses %j as %s', (change, reason, path) => {
  expect(renderContent('default', event(change), templates)).toMatchObject({ ok: false, reason, problems: [{ path }] })
  expect(renderContent('other', event(change), templates)).toMatchObject({ ok: false, reason: 'template_unknown' })
})

/** The router around a store that keeps what it is given. */
function openRouting(acceptedIds: readonly string[] = []) {
  const saved: PlannedChunk[] = []
  const refusals: unknown[] = []
  const letters: RefusedRecord[] = []
  const facts: Facts = {
    now: NOW,
    people: new Map([
      [factKey('default', 'ann'), { id: 'ann', sentLastHour: 0, user: { ...person, locale: 'de-CH' } }],
      [factKey('default', 'ben'), { id: 'ben', sentLastHour: 0, user: person }],
    ]),
    categories: new Map(),
    tenants: new Map(),
    servedChannels: new Set(['IN_APP', 'EMAIL']),
  }
  const ports: RoutingPorts = {
    store: {
      holdEvents: async () => [],
      loadFacts: async () => facts,
      startFanouts: async () => ({ waiting: [], conflicts: [] }),
      async savePlans(chunk) {
        saved.push(chunk)
        return { wakeUps: [], repeated: [], conflicts: [], insertedNotifications: 0, insertedDeliveries: 0 }
      },
      recordPublished: async () => undefined,
      async saveRefusals(refused) {
        refusals.push(...refused)
        return refused.filter(({ id }) => acceptedIds.includes(id)).map(({ tenantId, id }) => ({ tenantId, id }))
      },
    },
    templates: {
      findTemplates: async (names) => new Map([...(await shippedCatalogue.findTemplates(names)), ...templates]),
    },
    publisher: { publishMany: async () => [] },
    deadLetters: { send: async (refused) => void letters.push(...refused) },
    onUnpublished: () => undefined,
  }
  const routeRecords = (records: readonly EventRecord[]) => routeEvents(records, ports, policy)
  const route = (...events: Record<string, unknown>[]) => routeRecords(events.map(toRecord))
  return { route, routeRecords, saved, refusals, letters }
}

const person = {
  email: 'x@example.com',
  phone: null,
  locale: null,
  timeZone: null,
  preferences: {},
  hasPushToken: false,
}

function toRecord(value: Record<string, unknown>, offset: number): EventRecord {
  const text = JSON.stringify({ type: 'X', recipientIds: ['ann', 'ben'], ...value })
  const where = { topic: 't', partition: 0, offset, timestampMs: NOW.getTime() }
  return { ...where, value: Buffer.from(text), tenantId: undefined, acceptedAt: undefined, traceparent: undefined }
}

it('freezes for each person the text in their language, with the template’s version and a decision', async () => {
  const { route, saved } = openRouting()
  await route({ id: 'e1', templateCode: 'HELLO', variables: { n: 7 } })
  const contents = saved[0]?.notifications.map(({ recipientId, content }) => [recipientId, content.message])
  expect(Object.fromEntries(contents ?? [])).toEqual({ ann: 'Hallo 7', ben: 'Hello 7' })
  const [first] = saved[0]?.notifications ?? []
  expect(first?.content).toMatchObject({ templateCode: 'HELLO', templateVersion: 4 })
  expect(first?.plan.decisions[0]).toMatchObject({ code: 'content_template', detail: 'HELLO version 4' })
})

it('refuses an event whose template is unknown or not filled, stores nothing of it, and plans the others', async () => {
  const { route, saved, refusals, letters } = openRouting()
  const routed = await route(
    { id: 'e1', templateCode: 'NOBODY' },
    { id: 'e2', message: 'hi' },
    { id: 'e3', templateCode: 'HELLO' },
  )
  expect(routed).toMatchObject({ planned: 1, refused: 2 })
  expect(saved.flatMap(({ events }) => events.map(({ id }) => id))).toEqual(['e2'])
  expect(refusals).toMatchObject([
    { id: 'e1', reason: 'template_unknown' },
    { id: 'e3', reason: 'template_not_filled' },
  ])
  expect(letters.map(({ message }) => message)).toEqual([
    'templateCode: there is no template NOBODY',
    'variables.n: is needed by template HELLO and has no fallback',
  ])
})

it('sets no event aside that was planned before its template was changed', async () => {
  const { route, letters } = openRouting(['e1'])
  await route({ id: 'e1', templateCode: 'NOBODY' }, { id: 'e2', templateCode: 'NOBODY' })
  expect(letters.map(({ record }) => record.offset)).toEqual([1])
})

it('sets an event aside that is too old, also when it was planned in its time', async () => {
  const { routeRecords, letters } = openRouting(['e1'])
  const record = { ...toRecord({ id: 'e1', message: 'hi' }, 0), timestampMs: NOW.getTime() - 300_000_000 }
  await routeRecords([record])
  expect(letters.map(({ reason }) => reason)).toEqual(['too_old'])
})
