import { expect, it } from 'vitest'
import { AUDIENCE, EVENT_ID_KEYS, ISSUER, JWT_SECRET, mintJwt, startApi } from '../test/api-under-test.ts'
import { partOfEach } from './answered.ts'
import { SCOPES } from './auth/caller.ts'
import { createApi, createJwtVerifier } from './index.ts'
import { ROUTES } from './routes.ts'

/** Written by hand from contracts.md and not imported: who may call what. */
const TABLE = [
  ['POST', '/api/notifications', 'events:write', 'scoped'],
  ['POST', '/api/notifications/batch', 'events:write', 'scoped'],
  ['GET', '/api/notifications', 'notifications:read', 'own'],
  ['GET', '/api/notifications/unread-count', 'notifications:read', 'own'],
  ['POST', '/api/notifications/read-multiple', 'notifications:write', 'own'],
  ['POST', '/api/notifications/read-all', 'notifications:write', 'own'],
  ['GET', '/api/notifications/{id}', 'notifications:read', 'own'],
  ['POST', '/api/notifications/{id}/acknowledge', 'notifications:write', 'own'],
  ['POST', '/api/notifications/{id}/seen', 'notifications:write', 'own'],
  ['POST', '/api/notifications/{id}/archive', 'notifications:write', 'own'],
  ['POST', '/api/notifications/{id}/snooze', 'notifications:write', 'own'],
  ['GET', '/api/notifications/{id}/delivery-status', 'notifications:read', 'own'],
  ['POST', '/api/notifications/{id}/read', 'notifications:write', 'own'],
  ['POST', '/api/notifications/{id}/cancel', 'notifications:write', 'scoped'],
  ['GET', '/api/events/{id}', 'events:read', 'scoped'],
  ['POST', '/api/events/{id}/pause', 'events:write', 'scoped'],
  ['POST', '/api/events/{id}/resume', 'events:write', 'scoped'],
  ['POST', '/api/events/{id}/cancel', 'events:write', 'scoped'],
  ['POST', '/api/topics/{key}/subscribers', 'audiences:write', 'scoped'],
  ['DELETE', '/api/topics/{key}/subscribers', 'audiences:write', 'scoped'],
  ['GET', '/api/topics/{key}/subscribers', 'audiences:read', 'scoped'],
  ['PUT', '/api/segments/{code}', 'audiences:write', 'scoped'],
  ['GET', '/api/segments/{code}', 'audiences:read', 'scoped'],
  ['GET', '/api/segments', 'audiences:read', 'scoped'],
  ['DELETE', '/api/segments/{code}', 'audiences:write', 'scoped'],
  ['POST', '/api/events/{id}/approve', 'events:approve', 'scoped'],
  ['POST', '/api/events/{id}/reject', 'events:approve', 'scoped'],
  ['DELETE', '/api/notifications/by-key/{cancelKey}', 'events:write', 'scoped'],
  ['POST', '/api/timers', 'events:write', 'scoped'],
  ['GET', '/api/timers', 'events:read', 'scoped'],
  ['GET', '/api/timers/{key}', 'events:read', 'scoped'],
  ['DELETE', '/api/timers/{key}', 'events:write', 'scoped'],
  ['POST', '/api/timers/{key}/acknowledge', 'events:write', 'scoped'],
  ['PUT', '/api/schedules/{id}', 'events:write', 'scoped'],
  ['GET', '/api/schedules', 'events:read', 'scoped'],
  ['GET', '/api/schedules/{id}', 'events:read', 'scoped'],
  ['DELETE', '/api/schedules/{id}', 'events:write', 'scoped'],
  ['PUT', '/api/users/{id}', 'users:write', 'scoped'],
  ['GET', '/api/users/{id}', 'users:read', 'own'],
  ['GET', '/api/preferences', 'preferences:read', 'own'],
  ['PUT', '/api/preferences', 'preferences:write', 'own'],
  ['GET', '/api/devices', 'devices:read', 'own'],
  ['POST', '/api/devices', 'devices:write', 'own'],
  ['DELETE', '/api/devices', 'devices:write', 'own'],
  ['GET', '/api/templates', 'templates:read', 'scoped'],
  ['GET', '/api/templates/{code}', 'templates:read', 'scoped'],
  ['PUT', '/api/templates/{code}', 'templates:write', 'scoped'],
  ['DELETE', '/api/templates/{code}', 'templates:write', 'scoped'],
  ['GET', '/api/templates/{code}/versions', 'templates:read', 'scoped'],
  ['POST', '/api/templates/{code}/publish', 'templates:write', 'scoped'],
  ['POST', '/api/templates/{code}/preview', 'templates:read', 'scoped'],
  ['GET', '/api/categories', 'settings:read', 'scoped'],
  ['GET', '/api/categories/{code}', 'settings:read', 'scoped'],
  ['PUT', '/api/categories/{code}', 'settings:write', 'scoped'],
  ['DELETE', '/api/categories/{code}', 'settings:write', 'scoped'],
  ['GET', '/api/ladders', 'settings:read', 'scoped'],
  ['GET', '/api/ladders/{name}', 'settings:read', 'scoped'],
  ['PUT', '/api/ladders/{name}', 'settings:write', 'scoped'],
  ['DELETE', '/api/ladders/{name}', 'settings:write', 'scoped'],
  ['GET', '/api/ladders/{name}/experiment', 'settings:read', 'scoped'],
  ['GET', '/api/notifications/{id}/explain', 'notifications:read', 'own'],
  ['GET', '/api/admin/analytics', 'admin:read', 'scoped'],
  ['POST', '/api/simulate', 'events:read', 'scoped'],
  ['GET', '/api/tenant', 'settings:read', 'scoped'],
  ['PUT', '/api/tenant', 'settings:write', 'scoped'],
  ['GET', '/api/outcome-webhook', 'settings:read', 'scoped'],
  ['PUT', '/api/outcome-webhook', 'settings:write', 'scoped'],
  ['DELETE', '/api/outcome-webhook', 'settings:write', 'scoped'],
  ['POST', '/api/outcome-webhook/replay', 'settings:write', 'scoped'],
  ['GET', '/api/users/{id}/export', 'users:read', 'own'],
  ['DELETE', '/api/users/{id}', 'users:write', 'scoped'],
  ['GET', '/api/suppressions', 'users:read', 'scoped'],
  ['DELETE', '/api/suppressions', 'users:write', 'scoped'],
  ['GET', '/api/audit', 'audit:read', 'scoped'],
  ['GET', '/api/mail-settings', 'settings:read', 'scoped'],
  ['PUT', '/api/mail-settings', 'settings:write', 'scoped'],
  ['GET', '/u/{token}', 'public', ''],
  ['POST', '/u/{token}', 'public', ''],
  ['GET', '/api/api-keys', 'keys:read', 'scoped'],
  ['POST', '/api/api-keys', 'keys:write', 'scoped'],
  ['POST', '/api/api-keys/{id}/rotate', 'keys:write', 'scoped'],
  ['DELETE', '/api/api-keys/{id}', 'keys:write', 'scoped'],
  ['GET', '/api/admin/stats', 'admin:read', 'scoped'],
  ['GET', '/api/admin/failures', 'admin:read', 'scoped'],
  ['POST', '/api/admin/failures/replay', 'admin:write', 'scoped'],
  ['GET', '/api/admin/dlq', 'admin:read', 'scoped'],
  ['POST', '/api/admin/dlq/replay', 'admin:write', 'scoped'],
  ['POST', '/api/admin/queues/{channel}/pause', 'fleet:write', 'scoped'],
  ['POST', '/api/admin/queues/{channel}/resume', 'fleet:write', 'scoped'],
  ['POST', '/api/admin/queues/{channel}/clean', 'admin:write', 'scoped'],
  ['POST', '/webhooks/{provider}', 'public', ''],
  ['GET', '/webhooks/{provider}', 'public', ''],
  ['GET', '/healthz', 'public', ''],
  ['GET', '/readyz', 'public', ''],
  ['GET', '/health', 'public', ''],
  ['GET', '/health/queues', 'public', ''],
  ['GET', '/metrics', 'public', ''],
  ['GET', '/openapi.json', 'public', ''],
  ['GET', '/asyncapi.json', 'public', ''],
  ['GET', '/docs', 'public', ''],
] as const

const guarded = TABLE.filter(([, , scope]) => scope !== 'public')
const toUrl = (path: string) => path.replaceAll(/\{\w+\}/g, 'u1')
const bodyFor = (method: string) => (method === 'GET' ? {} : { body: {} })

it('knows every route that the app answers, and no other', () => {
  const { app } = startApi()
  const mounted = app.routes.filter(({ method }) => method !== 'ALL')
  const answered = mounted.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
  expect(answered.toSorted()).toEqual(TABLE.map(([method, path]) => `${method} ${path}`).toSorted())
})

it.each(guarded)('%s %s lets nobody in without a credential', async (method, path) => {
  const answer = await startApi().call(method, toUrl(path), { credential: '', ...bodyFor(method) })
  expect(answer.status).toBe(401)
})

it.each(guarded)('%s %s needs %s of a service, and no other scope will do', async (method, path, scope) => {
  const api = startApi()
  const without = api.addKey(SCOPES.filter((one) => one !== scope)).token
  expect((await api.call(method, toUrl(path), { credential: without, ...bodyFor(method) })).status).toBe(403)
  const withIt = api.addKey(SCOPES.filter((one) => one === scope)).token
  expect([401, 403]).not.toContain(
    (await api.call(method, toUrl(path), { credential: withIt, ...bodyFor(method) })).status,
  )
})

it.each(guarded)('%s %s (%s) is %s for people', async (method, path, scope, people) => {
  const api = startApi()
  const bare = await api.call(method, toUrl(path), { credential: await mintJwt(), ...bodyFor(method) })
  expect(bare.status === 403).toBe(people === 'scoped')
  const scoped = await api.call(method, toUrl(path), { credential: await mintJwt({ scope }), ...bodyFor(method) })
  expect([401, 403]).not.toContain(scoped.status)
})

it.each(TABLE)('%s %s refuses other methods', async (method, path) => {
  const others = TABLE.filter((row) => row[1] === path).map((row) => row[0] as string)
  const other = ['DELETE', 'PATCH', 'PUT'].find((one) => !others.includes(one)) ?? 'PATCH'
  const answer = await startApi().call(other, toUrl(path))
  expect([answer.status, answer.json.code]).toEqual([405, 'method_not_allowed'])
  expect(answer.headers.get('allow')?.split(', ')).toContain(method)
})

it('describes every route, with its scope, in a valid document', async () => {
  const { status, json } = await startApi().call('GET', '/openapi.json', { credential: '' })
  expect([status, json.openapi]).toEqual([200, '3.1.0'])
  for (const { method, path, access, documentation } of ROUTES) {
    const operation = json.paths?.[path]?.[method]
    expect(operation, `${method} ${path}`).toBeDefined()
    expect(operation?.security).toEqual(access === 'public' ? [] : [{ credential: [access.scope] }])
    for (const answered of Object.keys(documentation.answers)) expect(operation?.responses).toHaveProperty(answered)
    const named = partOfEach(operation?.parameters, 'in').filter((place) => place === 'path').length
    expect(named).toBe([...path.matchAll(/\{/g)].length)
  }
  expect(findBrokenReferences(json)).toEqual([])
  expect(json.components?.securitySchemes?.credential).toMatchObject({ type: 'http', scheme: 'bearer' })
})

it('protects every answer', async () => {
  for (const path of ['/api/users/u1', '/healthz', '/nothing']) {
    const { headers } = await startApi().call('GET', path)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  }
})

it('lets browsers of named origins in, and no others', async () => {
  const { ports } = startApi()
  const jwt = createJwtVerifier({ keys: { secret: JWT_SECRET }, issuer: ISSUER, audience: AUDIENCE })
  const app = createApi(ports, { eventIdKeys: EVENT_ID_KEYS, jwt, corsOrigins: ['https://shop.example'] })
  const preflight = async (origin: string) =>
    app.request('/api/preferences', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'PUT' } })
  const allowed = await preflight('https://shop.example')
  expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, 'https://shop.example'])
  expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull()
  const answer = await app.request('/healthz', { headers: { origin: 'https://shop.example' } })
  expect(answer.headers.get('access-control-allow-origin')).toBe('https://shop.example')
})

it("gives every answer a request id, the caller's own where it is a plain one", async () => {
  const api = startApi()
  const withId = (id: string) => api.call('GET', '/nothing', { headers: { 'x-request-id': id } })
  expect((await withId('order-service-42')).json.requestId).toBe('order-service-42')
  expect((await withId('a b{}')).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  expect(api.lines.map(({ route, status, code }) => ({ route, status, code }))).toEqual(
    Array(2).fill({ route: 'unknown', status: 404, code: 'not_found' }),
  )
})

function findBrokenReferences(document: unknown): string[] {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path)
  const resolve = (path: string) =>
    path.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document)
  return references.filter((path) => resolve(path) === undefined)
}
