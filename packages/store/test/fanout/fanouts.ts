import { randomUUID } from 'node:crypto'
import { normalizeEvent } from '@carillon/contracts'
import { createFanoutRunner, fingerprintEvent, type ObservedEnd, planPeople } from '@carillon/routing'
import { createTemplateCatalogue } from '@carillon/templates'
import { createEventControlStore, createFanoutStore, createTemplateStore } from '../../src/index.ts'
import type { TestStore } from '../open-test-store.ts'

export const POLICY = {
  usefulSecondsDefault: 3_600,
  perUserHourlyMax: 100,
  maxAttempts: { EMAIL: 4, SMS: 3, PUSH: 3, WHATSAPP: 3, IN_APP: 1 },
  eventIdKeys: ['a key of the tests'],
} as const

const CONTENT = { title: 'News', message: 'hi', perChannel: null, templateCode: null, templateVersion: null }

export function openFanoutStores(store: TestStore) {
  const ports = { pool: store.pool, announce: () => undefined }
  return {
    fanouts: createFanoutStore(ports),
    control: createEventControlStore({ pool: store.pool, stops: store.stops }),
  }
}

export function recipientIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `p${String(index).padStart(5, '0')}`)
}

/** What the router does with an event for many. */
export async function start(store: TestStore, change: object, id: string = `evt-${randomUUID()}`) {
  const normalized = normalizeEvent({ type: 'NEWS', message: 'hi', channels: ['EMAIL'], ...change }, new Date())
  if (!normalized.ok) throw new Error(JSON.stringify(normalized.problems))
  const { event } = normalized
  const planned = {
    tenantId: 'default',
    id,
    type: event.type,
    category: 'general',
    fingerprint: fingerprintEvent(event),
    cancelKey: null,
    recipientCount: null,
    acceptedAt: new Date(),
    traceparent: null,
  }
  const { waiting, conflicts } = await store.routing.startFanouts([{ planned, event }])
  return { eventId: id, waiting, conflicts, fanoutId: waiting[0]?.fanoutId ?? '' }
}

export async function take(store: TestStore, fanoutId: string, { owner = randomUUID(), leaseMs = 60_000 } = {}) {
  const taken = await openFanoutStores(store).fanouts.takeFanout(fanoutId, owner, leaseMs)
  if (taken === undefined) throw new Error(`nobody may take ${fanoutId}`)
  return { taken, lease: { fanoutId, owner, leaseMs } }
}

/** One chunk of these people, as `runFanout` saves it. */
export async function saveChunk(
  store: TestStore,
  { taken, lease }: Awaited<ReturnType<typeof take>>,
  { from, people, isLast = false }: { from: string; people: readonly string[]; isLast?: boolean },
) {
  const { fanouts } = openFanoutStores(store)
  const facts = await fanouts.loadFacts({
    eventIds: [],
    people: people.map((recipientId) => ({ tenantId: 'default', recipientId })),
    categories: [],
    tenantIds: ['default'],
  })
  const named = new Map(people.map((id) => [id, { userId: id, email: `${id}@example.com` }]))
  const notifications = planPeople(taken.event, named, { ok: true, contentFor: () => CONTENT }, facts, POLICY).sort(
    (a, b) => (a.id < b.id ? -1 : 1),
  )
  const { tenantId, id, fingerprint, acceptedAt, traceparent } = taken.event
  const planned = { tenantId, id, fingerprint, acceptedAt, traceparent, type: 'NEWS', category: 'general' }
  return fanouts.saveChunk({
    ...lease,
    from,
    to: people.at(-1) ?? from,
    isLast,
    total: people.length,
    people: people.length,
    chunk: { events: [{ ...planned, cancelKey: null, recipientCount: null }], notifications },
  })
}

export interface RunOptions {
  readonly rest?: (ms: number) => Promise<void>
  readonly onChunk?: () => void
}

/** The fan-out process without Kafka; resolves with how it ended. */
export async function run(store: TestStore, fanoutId: string, { rest, onChunk }: RunOptions = {}) {
  const ended = Promise.withResolvers<ObservedEnd>()
  ended.promise.catch(() => undefined)
  const published: string[] = []
  const runner = createFanoutRunner(
    {
      store: openFanoutStores(store).fanouts,
      templates: createTemplateCatalogue(createTemplateStore({ pool: store.pool })),
      publisher: {
        async publishMany(records) {
          published.push(...records.map(({ topic }) => topic))
          return records.map((_, offset) => ({ partition: 0, offset }))
        },
      },
      onUnpublished: (error) => ended.reject(error),
      onChunk: () => onChunk?.(),
      onEnd: (end) => (end.error === undefined ? ended.resolve(end) : ended.reject(end.error)),
      isOutage: () => false,
      rest: rest ?? (async () => undefined),
    },
    { concurrency: 4, leaseMs: 60_000, policy: POLICY },
  )
  const isTaken = await runner.start(fanoutId)
  return { isTaken, published, runner, ended: ended.promise }
}

export async function readFanout({ pool }: Pick<TestStore, 'pool'>, fanoutId: string) {
  const { rows } = await pool.query(
    `SELECT f.status, f.cursor, f.resolved, f.total, f.reason, f.detail, f.event, e.state, e."notificationCount" AS counted,
       e."recipientCount", (SELECT count(*)::int FROM "Notification" n WHERE n."eventId" = e.id) AS notifications
     FROM "Fanout" f JOIN "Event" e ON e."tenantId" = f."tenantId" AND e.id = f."eventId" WHERE f.id = $1`,
    [fanoutId],
  )
  return rows[0]
}
