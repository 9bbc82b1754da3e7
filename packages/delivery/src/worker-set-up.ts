import { vi } from 'vitest'
import type { Channel, OutgoingMessage, SendResult } from './channel.ts'
import type { ClaimedDelivery, DeliveryResult, DeliveryStore, LoadedDelivery, SetAside } from './delivery-store.ts'
import { retryPolicyOf } from './retry-policies.ts'
import { createDeliveryWorker } from './worker.ts'
import type { WorkerPolicy, WorkerPorts } from './worker-ports.ts'

export const ACCEPTED: SendResult = { outcome: 'accepted', provider: 'fake' }
export const IN_TROUBLE: SendResult = {
  outcome: 'unavailable',
  provider: 'fake',
  reason: 'down',
  error: '',
  opensBreaker: true,
}

export function row(id: string, change: Partial<LoadedDelivery> = {}): LoadedDelivery {
  return {
    id,
    notificationId: `n-${id}`,
    tenantId: 'default',
    recipientId: 'u1',
    channel: 'EMAIL',
    isPending: true,
    category: 'general',
    isMandatory: false,
    content: { title: 't', message: 'm' },
    contact: null,
    user: { email: 'ann@example.com', phone: null, preferences: {} },
    devices: [],
    tenantPreferences: null,
    categoryPreferences: null,
    mailIdentity: null,
    maxAttempts: 3,
    resends: 0,
    acceptedAt: new Date(0),
    expiresAt: new Date(8e12),
    traceparent: null,
    ...change,
  }
}

interface Setup {
  readonly rows: LoadedDelivery[]
  readonly send?: (message: OutgoingMessage) => Promise<SendResult>
  readonly claimed?: (id: string) => ClaimedDelivery['status']
  readonly beforeClaim?: (ids: readonly string[]) => Promise<void>
  readonly beforeRecord?: () => Promise<void>
  readonly policy?: Partial<WorkerPolicy>
  readonly lookUps?: NonNullable<WorkerPorts['lookUps']>
  readonly limits?: NonNullable<WorkerPorts['limits']>
  readonly gate?: NonNullable<WorkerPorts['gate']>
}

/** A worker on rows in memory, with a channel that answers as a test says. */
export function setUp({
  rows,
  send = async () => ACCEPTED,
  claimed = () => 'SENDING',
  beforeClaim,
  beforeRecord,
  policy,
  lookUps,
  limits,
  gate,
}: Setup) {
  const sent: string[] = []
  const results: DeliveryResult[] = []
  const setAside: SetAside[] = []
  const suppressed = new Set<string>()
  const taken = new Set<string>()
  const load = vi.fn(async (ids: readonly string[]) => rows.filter((one) => ids.includes(one.id)))
  const store: DeliveryStore = {
    loadDeliveries: load,
    findSuppressed: async (asked) => asked.filter((address) => suppressed.has(address.addressHash)),
    // As the statement does: a row that is SENDING already is left out, and one that stands twice comes back once.
    async claimDeliveries(claims) {
      await beforeClaim?.(claims.map(({ id }) => id))
      return claims.flatMap(({ id }) => {
        if (taken.has(id)) return []
        taken.add(id)
        return [{ id, status: claimed(id), fence: 1, attemptCount: 1 }]
      })
    },
    setAside: async (more) => void setAside.push(...more),
    recordResults: async (more) => {
      await beforeRecord?.()
      results.push(...more)
      return more.map(({ id, status }) => ({ id, status }))
    },
  }
  const channel: Channel = {
    channel: 'EMAIL',
    send(message) {
      sent.push(message.deliveryId)
      return send(message)
    },
  }
  const fatal = vi.fn()
  const stopped = vi.fn()
  const worker = createDeliveryWorker(
    {
      channel,
      store,
      hashAddress: (_tenant, address) => `#${address}`,
      persist: (statement) => statement(),
      observe: () => undefined,
      onChannelStopped: stopped,
      onFatal: fatal,
      random: () => 0.5,
      ...(lookUps && { lookUps }),
      ...(limits && { limits }),
      ...(gate && { gate }),
    },
    {
      slots: 4,
      urgentSlots: 1,
      timeoutMs: 1_000,
      retry: retryPolicyOf('EMAIL', 5_000),
      breakerFailuresMax: 3,
      breakerOpenMs: 60_000,
      holdMs: 60_000,
      firstAnswerMsMax: 0,
      ...policy,
    },
  )
  const deliver = (ids: string[], lane: 'urgent' | 'normal' = 'normal') =>
    worker.deliver(
      ids.map((deliveryId) => ({ deliveryId, tenantId: 'default', notificationId: 'n' })),
      lane,
    )
  return { worker, deliver, sent, results, setAside, suppressed, load, fatal, stopped }
}

export const ids = (count: number, prefix = 'd') => Array.from({ length: count }, (_, index) => `${prefix}${index}`)
