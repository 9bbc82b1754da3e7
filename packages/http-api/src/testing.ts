import { createHash } from 'node:crypto'
import type { DeliveryStatusAnswer, EventStatus, MailSettings, Preferences, StopAnswer } from '@carillon/contracts'
import type { Stopped, StopRequest } from '@carillon/delivery'
import type { ExplainedRows } from '@carillon/planning'
import { createMemoryAdmin, type MemoryAdmin } from './admin/memory-admin.ts'
import { createMemoryAudiences } from './audiences/memory-audiences.ts'
import { createMemoryAudit } from './audit/memory-audit.ts'
import { createMemoryKeys } from './auth/memory-keys.ts'
import { createMemoryEventControl } from './events/memory-event-control.ts'
import { createMemoryExplain } from './explain/memory-explain.ts'
import { createMemoryHeld, type MemoryHeldEvent } from './held/memory-held.ts'
import { createMemorySchedules } from './held/memory-schedules.ts'
import { createMemoryTimers } from './held/memory-timers.ts'
import { createMemoryInbox } from './inbox/memory-inbox.ts'
import { createMemoryOutcomeWebhooks } from './outcome-webhook/memory-outcome-webhooks.ts'
import type {
  ApiKeyRow,
  ApiPorts,
  DeviceStore,
  EventToPublish,
  NotificationRef,
  RequestLine,
  StoredDevice,
  StoredUser,
} from './ports.ts'
import { createMemoryPrivacy } from './privacy/memory-privacy.ts'
import { createMemorySettings } from './settings/memory-settings.ts'
import { createMemorySuppressions, type MemorySuppressions } from './suppressions/memory-suppressions.ts'
import { createMemoryTemplates } from './templates/memory-templates.ts'

export { type Answered, readAnswered } from './answered.ts'

/** Twins of the ports in memory, and what they saw: for tests of the API without a database or a broker. */
export interface MemoryPorts {
  readonly ports: ApiPorts
  readonly published: EventToPublish[]
  readonly lines: RequestLine[]
  readonly failures: { readonly action: string; readonly error: unknown }[]
  readonly stopRequests: StopRequest[]
  readonly apiKeys: Map<string, ApiKeyRow>
  readonly suppressions: MemorySuppressions
  readonly usedKeys: string[]
  readonly events: Map<string, EventStatus & { readonly tenantId: string }>
  readonly held: Map<string, MemoryHeldEvent>
  readonly notifications: MemoryNotification[]
  readonly explained: ExplainedRows[]
  readonly admin: MemoryAdmin
  readonly counts: { keyLookUps: number }
  /** Makes every call of these ports reject until it is called with nothing. */
  failOn(...ports: FailingPort[]): void
}

export type FailingPort = 'devices' | 'publisher' | 'statuses' | 'users' | 'credentials' | 'idempotency' | 'stops'

export interface MemoryNotification {
  readonly tenantId: string
  readonly userId: string
  readonly name?: string
  readonly status: DeliveryStatusAnswer
  readonly stopAnswers?: readonly StopAnswer[]
}

const IDEMPOTENCY_MS = 48 * 3_600_000

export function createMemoryPorts(now: () => Date = () => new Date(), failure = new Error('away')): MemoryPorts {
  const { ports: adminPorts, ...admin } = createMemoryAdmin()
  const failing = new Set<FailingPort>()
  const memory = {
    published: [] as EventToPublish[],
    lines: [] as RequestLine[],
    failures: [] as { action: string; error: unknown }[],
    stopRequests: [] as StopRequest[],
    apiKeys: new Map<string, ApiKeyRow>(),
    suppressions: createMemorySuppressions(),
    usedKeys: [] as string[],
    events: new Map<string, EventStatus & { tenantId: string }>(),
    held: new Map<string, MemoryHeldEvent>(),
    notifications: [] as MemoryNotification[],
    explained: [] as ExplainedRows[],
    counts: { keyLookUps: 0 },
  }
  const check = (port: FailingPort) => {
    if (failing.has(port)) throw failure
  }
  function stop(request: StopRequest): Stopped | undefined {
    check('stops')
    memory.stopRequests.push(request)
    const found = findNotification(memory.notifications, request)
    if (found === undefined) return undefined
    const isChanged = request.kind !== 'read' || !found.status.notification.read
    if (request.kind === 'read') Object.assign(found.status.notification, { read: true })
    return { ...describeStop(found, now()), isChanged }
  }
  const ports: ApiPorts = {
    publisher: {
      async publish(record) {
        check('publisher')
        memory.published.push(record)
      },
    },
    statuses: {
      async readDeliveryStatus(ref) {
        check('statuses')
        return findNotification(memory.notifications, ref)?.status
      },
      async readEventStatus(tenantId, eventId) {
        check('statuses')
        const { tenantId: owner, ...status } = memory.events.get(eventId) ?? {}
        return owner === tenantId ? (status as EventStatus) : undefined
      },
    },
    stops: {
      stopNotification: async (request) => stop(request),
      stopNotifications: async (requests) => requests.map(stop),
    },
    held: createMemoryHeld(memory.held, now),
    timers: createMemoryTimers(now),
    schedules: createMemorySchedules(),
    inbox: createMemoryInbox(memory.notifications, (ref) => findNotification(memory.notifications, ref), now),
    events: createMemoryEventControl(memory.events),
    admin: adminPorts,
    audiences: createMemoryAudiences(now),
    ...createPeople(check),
    devices: createDevices(check, now),
    templates: createMemoryTemplates(now),
    settings: createMemorySettings(),
    explain: createMemoryExplain(now, memory.explained),
    mailSettings: createMailSettings(),
    audit: createMemoryAudit(now),
    suppressions: memory.suppressions,
    outcomeWebhooks: createMemoryOutcomeWebhooks(now),
    privacy: createMemoryPrivacy(),
    credentials: {
      async findApiKey(id) {
        check('credentials')
        memory.counts.keyLookUps++
        return memory.apiKeys.get(id)
      },
      ...createMemoryKeys(memory.apiKeys, now),
      async recordApiKeyUse(id) {
        memory.usedKeys.push(id)
      },
    },
    idempotency: createIdempotency(check, now),
    readiness: { checkReadiness: async () => [{ name: 'kafka', ok: !failing.has('publisher') }] },
    observer: {
      recordRequest: (line) => void memory.lines.push(line),
      recordFailure: (action, _requestId, error) => void memory.failures.push({ action, error }),
      readMetrics: async () => ({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }),
    },
  }
  function failOn(...names: FailingPort[]) {
    failing.clear()
    for (const name of names) failing.add(name)
  }
  return { ...memory, admin, ports, failOn }
}

function findNotification(notifications: readonly MemoryNotification[], ref: NotificationRef) {
  const mine = notifications.filter(
    ({ tenantId, userId }) => tenantId === ref.tenantId && (ref.userId === undefined || ref.userId === userId),
  )
  const byName = () => (ref.userId === undefined ? undefined : mine.find(({ name }) => name === ref.notificationId))
  return mine.find(({ status }) => status.notification.id === ref.notificationId) ?? byName()
}

function describeStop({ status, stopAnswers = [] }: MemoryNotification, at: Date): Stopped {
  const deliveries = status.deliveries.flatMap(({ id, channel }, index) => {
    const answer = stopAnswers[index]
    return answer ? [{ id, channel, answer }] : []
  })
  return { notificationId: status.notification.id, at, isChanged: true, deliveries }
}

function createPeople(check: (port: FailingPort) => void): Pick<ApiPorts, 'users' | 'preferences'> {
  const people = new Map<string, StoredUser>()
  const find = (tenantId: string, id: string): StoredUser =>
    people.get(JSON.stringify([tenantId, id])) ?? {
      ...{ id, email: null, phone: null, roles: [], attributes: {}, locale: null, timeZone: null, preferences: {} },
    }
  const save = (tenantId: string, user: StoredUser) => people.set(JSON.stringify([tenantId, user.id]), user)
  return {
    users: {
      async findUser(tenantId, userId) {
        check('users')
        return people.get(JSON.stringify([tenantId, userId]))
      },
      async saveUser(tenantId, userId, { preferences = {}, ...fields }) {
        check('users')
        const old = find(tenantId, userId)
        const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
        const user: StoredUser = { ...old, ...given, preferences: mergePreferences(old.preferences, preferences) }
        save(tenantId, user)
        return user
      },
    },
    preferences: {
      async findPreferences(tenantId, userId) {
        check('users')
        return people.get(JSON.stringify([tenantId, userId]))?.preferences
      },
      async savePreferences(tenantId, userId, preferences) {
        check('users')
        const old = find(tenantId, userId)
        const merged = mergePreferences(old.preferences, preferences)
        save(tenantId, { ...old, preferences: merged })
        return merged
      },
    },
  }
}

function mergePreferences(old: Preferences, given: Preferences): Preferences {
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { ...old, ...present, categories: { ...old.categories, ...given.categories } }
}

function createMailSettings(): ApiPorts['mailSettings'] {
  const rows = new Map<string, MailSettings>()
  return {
    findMailSettings: async (tenantId) => rows.get(tenantId) ?? { categories: {} },
    saveMailSettings: async (tenantId, settings) => void rows.set(tenantId, settings),
  }
}

function createDevices(check: (port: FailingPort) => void, now: () => Date): DeviceStore {
  let rows: { tenantId: string; userId: string; token: string; device: StoredDevice }[] = []
  const remove = (isMeant: (row: (typeof rows)[number]) => boolean): number => {
    const countBefore = rows.length
    rows = rows.filter((row) => !isMeant(row))
    return countBefore - rows.length
  }
  return {
    async registerDevice(tenantId, userId, { token, platform }) {
      check('devices')
      const id = createHash('sha256').update(token).digest('hex')
      const device = { id, platform, createdAt: now(), lastSeenAt: now() }
      remove((row) => row.tenantId === tenantId && row.token === token)
      rows.unshift({ tenantId, userId, token, device })
      return device
    },
    async listDevices(tenantId, userId) {
      check('devices')
      return rows.filter((row) => row.tenantId === tenantId && row.userId === userId).map(({ device }) => device)
    },
    async removeDevice(tenantId, userId, which) {
      check('devices')
      const isIt = (row: (typeof rows)[number]) =>
        'id' in which ? row.device.id === which.id : row.token === which.token
      return remove((row) => row.tenantId === tenantId && row.userId === userId && isIt(row))
    },
    async removeAllDevices(tenantId, userId) {
      check('devices')
      return remove((row) => row.tenantId === tenantId && row.userId === userId)
    },
  }
}

function createIdempotency(check: (port: FailingPort) => void, now: () => Date): ApiPorts['idempotency'] {
  const rows = new Map<string, { fingerprint: string; eventId: string; atMs: number }>()
  return {
    async claimKey({ tenantId, key, fingerprint, eventId }) {
      check('idempotency')
      const name = JSON.stringify([tenantId, key])
      const row = rows.get(name)
      if (row && now().getTime() - row.atMs < IDEMPOTENCY_MS)
        return { eventId: row.eventId, isSame: row.fingerprint === fingerprint }
      rows.set(name, { fingerprint, eventId, atMs: now().getTime() })
      return { eventId, isSame: true }
    },
  }
}
