import { mintApiKey, SCOPES } from '@carillon/http-api'
import { createCredentialStore } from '@carillon/store'
import { type ApiClient, createApiClient, type FleetStage } from '@carillon/testkit'
import { waitUntil } from '../fleet/wait-until.ts'
import type { Ids } from './plan-requests.ts'

/** One tenant walks; the other has things that the first must never see or change. */
export interface Tenants {
  readonly id: string
  readonly token: string
  readonly ids: Ids
  /** What stands in everything that is the other tenant's. */
  readonly marks: readonly string[]
  /** The other tenant's rows, as text: equal before and after. */
  readForeignRows(): Promise<string>
}

const WALKING = 'walking'
const MARK = 'mark-of-the-other-tenant'
// As the document's own examples name somebody.
const WALKER = 'user-1'

export async function seedTenants(stage: FleetStage): Promise<Tenants> {
  // A channel that a worker once served; none runs here.
  await stage.pool.query(`INSERT INTO "ChannelStatus"(channel, providers) VALUES ('EMAIL', '["smtp"]')`)
  const [foreign, own] = [await seedTenant(stage, 'other', MARK), await seedTenant(stage, WALKING, 'walk')]
  const held = await holdThings(createApiClient(stage.api.url, own.token))
  return {
    id: WALKING,
    token: own.token,
    marks: [MARK],
    ids: {
      foreign: [foreign.notificationId, foreign.eventId, foreign.keyId],
      own: (path) => {
        if (path.includes('/api-keys')) return [own.spareKeyId]
        const known = Object.entries(held).find(([part]) => path.includes(part))
        if (known) return [known[1]]
        if (path.includes('/events')) return [own.eventId]
        if (path.includes('/users')) return [WALKER]
        return path.includes('/notifications') ? [own.notificationId] : ['walk']
      },
    },
    readForeignRows: () => readRows(stage, 'other'),
  }
}

/** What stands for a while before something becomes of it, by the part of a path that asks for such a thing. */
async function holdThings(api: ApiClient): Promise<Readonly<Record<string, string>>> {
  const put = (path: string, body: object) => expectSuccess(api.call('PUT', path, { body }))
  const steps = [{ channel: 'IN_APP', afterSeconds: 0 }]
  await put('/api/ladders/calmer', { steps })
  await put('/api/ladders/tried', { steps, experiment: { name: 'calm', ladder: 'calmer', percent: 50 } })
  await expectSuccess(api.call('POST', '/api/timers', { body: { key: 'walk', afterSeconds: 3_600 } }))
  const event = { type: 'WALK', message: 'walk', channels: ['IN_APP'] }
  const post = async (more: object, isThere: (status: { state: string; fanout: unknown }) => boolean) => {
    const { eventId } = (await api.post({ ...event, ...more })).body
    return waitUntil('the event waits', 20_000, async () => {
      const { status, body } = await api.call<{ state: string; fanout: unknown }>('GET', `/api/events/${eventId}`)
      return { isSo: status === 200 && isThere(body), seen: eventId }
    })
  }
  const isHeld = ({ state }: { state: string }) => state === 'HELD'
  // No process of this stage reaches an audience, so it stays under way.
  const wide = await post({ audience: { everyone: true } }, ({ fanout }) => fanout !== null)
  return {
    '/ladders/{name}/experiment': 'tried',
    '/approve': await post({ recipientIds: [WALKER], requiresApproval: true }, isHeld),
    '/reject': await post({ recipientIds: [WALKER], requiresApproval: true }, isHeld),
    '/events/{id}/pause': wide,
    '/events/{id}/resume': wide,
  }
}

async function expectSuccess(answering: Promise<{ readonly status: number; readonly body: unknown }>): Promise<void> {
  const { status, body } = await answering
  if (status >= 300) throw new Error(`seed the walk: ${status} ${JSON.stringify(body)}`)
}

async function addKey({ pool }: FleetStage, tenantId: string, name: string) {
  const { id, secretHash, token } = mintApiKey()
  const key = { id, secretHash, tenantId, name, scopes: SCOPES, expiresAt: null }
  await createCredentialStore({ pool }).saveApiKey(key)
  return { id, token }
}

async function seedTenant(stage: FleetStage, tenantId: string, mark: string) {
  await stage.pool.query('INSERT INTO "Tenant"(id, name) VALUES ($1, $1)', [tenantId])
  const { id: keyId, token } = await addKey(stage, tenantId, mark)
  const { id: spareKeyId } = await addKey(stage, tenantId, `${mark} spare`)
  const api = createApiClient(stage.api.url, token)
  await api.call('PUT', `/api/users/${WALKER}`, { body: { email: `${mark}@example.com`, attributes: { mark } } })
  await api.call('PUT', '/api/preferences', { body: { userId: WALKER, categories: { [mark]: { email: false } } } })
  const posted = await api.post({
    type: mark,
    title: mark,
    message: mark,
    recipientIds: [WALKER],
    channels: ['IN_APP'],
  })
  const { eventId } = posted.body
  const notificationId = await waitUntil('the event is planned', 20_000, async () => {
    const { body } = await api.call<{ notificationIds?: string[] }>('GET', `/api/events/${eventId}`)
    const seen = body.notificationIds?.[0] ?? ''
    return { isSo: seen !== '', seen }
  })
  return { token, keyId, spareKeyId, eventId, notificationId }
}

// What a walk may touch by a wrong id; lastUsedAt alone changes by itself.
const TABLES = ['Event', 'Notification', 'NotificationDelivery', 'User', 'Device', 'ApiKey', 'Category']

async function readRows({ pool }: FleetStage, tenantId: string): Promise<string> {
  const rows = await Promise.all(
    TABLES.map((table) =>
      pool.query(`SELECT to_jsonb(t) - 'lastUsedAt' AS row FROM "${table}" t WHERE "tenantId" = $1 ORDER BY 1`, [
        tenantId,
      ]),
    ),
  )
  return JSON.stringify(rows.map((result) => result.rows))
}
