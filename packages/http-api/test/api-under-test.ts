import type { RateLimiter } from '@carillon/delivery'
import { SignJWT } from 'jose'
import { readAnswered } from '../src/answered.ts'
import { type ApiSettings, createApi, createJwtVerifier, mintApiKey, SCOPES, type Scope } from '../src/index.ts'
import { createMemoryPorts, type MemoryNotification } from '../src/testing.ts'

export const JWT_SECRET = 'a shared secret of at least 32 characters'
export const ISSUER = 'https://issuer.example'
export const AUDIENCE = 'carillon'
export const EVENT_ID_KEYS = ['a key for event ids of 32 characters'] as const
export const NOTIFICATION_ID = '0190a1b2-c3d4-8e5f-8a6b-7c8d9e0f1a2b'
export const DELIVERY_ID = '0190a1b2-c3d4-8e5f-8a6b-000000000001'

/** The API over memory, with a clock that tests move. */
export function startApi(failure?: Error, limiter?: RateLimiter, settings: Partial<ApiSettings> = {}) {
  const clock = { now: new Date('2026-05-01T10:00:00.000Z') }
  const memory = createMemoryPorts(() => clock.now, failure)
  const jwt = createJwtVerifier({ keys: { secret: JWT_SECRET }, issuer: ISSUER, audience: AUDIENCE })
  const app = createApi(
    { ...memory.ports, ...(limiter && { limiter }) },
    { eventIdKeys: EVENT_ID_KEYS, jwt, now: () => clock.now, ...settings },
  )

  function addKey(
    scopes: readonly Scope[] = SCOPES,
    tenantId = 't1',
    row: { expiresAt?: Date; revokedAt?: Date } = {},
  ) {
    const { id, secretHash, token } = mintApiKey()
    memory.apiKeys.set(id, { tenantId, secretHash, scopes, expiresAt: null, revokedAt: null, ...row })
    return { id, token }
  }
  const { token } = addKey()

  async function call(method: string, path: string, options: CallOptions = {}) {
    const { body, credential = token, headers = {} } = options
    const response = await app.request(path, {
      method,
      headers: {
        ...(credential && { authorization: `Bearer ${credential}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: readAnswered(text) }
  }
  return { ...memory, app, clock, addKey, call, token }
}

interface CallOptions {
  readonly body?: unknown
  readonly credential?: string
  readonly headers?: Record<string, string>
}

/** A good token of a person; tests break one thing each. */
export async function mintJwt(
  claims: Record<string, unknown> = {},
  secret = JWT_SECRET,
  alg = 'HS256',
): Promise<string> {
  const nowSeconds = Math.floor(Date.now() / 1000)
  const payload = { sub: 'u1', tenant_id: 't1', iss: ISSUER, aud: AUDIENCE, exp: nowSeconds + 300, ...claims }
  const present = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined))
  return new SignJWT(present).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret))
}

export const EVENT = { type: 'ORDER', title: 'Shipped', message: 'On its way', recipientIds: ['u1', 'u2'] }

export function makeNotification(fields: Partial<MemoryNotification> = {}): MemoryNotification {
  return {
    tenantId: 't1',
    userId: 'u1',
    name: 'order-7',
    stopAnswers: ['cancelled'],
    status: {
      notification: {
        ...{
          id: NOTIFICATION_ID,
          message: 'On its way',
          read: false,
          deliveryStrategy: 'BROADCAST',
          priority: 'MEDIUM',
        },
        createdAt: '2026-05-01T10:00:00.000Z',
      },
      deliveries: [
        {
          ...{ id: DELIVERY_ID, channel: 'EMAIL', status: 'PENDING', attemptCount: 0, scheduledFor: null },
          ...{ deliveredAt: null, error: null, possiblySent: false },
        },
      ],
    },
    ...fields,
  }
}
