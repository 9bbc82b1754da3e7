import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { AUDIENCE, EVENT, EVENT_ID_KEYS, ISSUER, JWT_SECRET, mintJwt, startApi } from '../../test/api-under-test.ts'
import { createApi, createJwtVerifier } from '../index.ts'
import { Unavailable } from '../unavailable.ts'

const PAST = Math.floor(Date.now() / 1000) - 60
const status = async (credential: string, api = startApi(), path = '/api/users/u1') =>
  (await api.call('GET', path, { credential })).status

describe('tokens of people', () => {
  it('lets a good one in', async () => {
    expect(await status(await mintJwt(), startApi(), '/api/preferences')).toBe(200)
  })

  it.each([
    ['expired', () => mintJwt({ exp: PAST })],
    ['without exp', () => mintJwt({ exp: undefined })],
    ['not valid yet', () => mintJwt({ nbf: PAST + 600 })],
    ['of another audience', () => mintJwt({ aud: 'else' })],
    ['without an audience', () => mintJwt({ aud: undefined })],
    ['of another issuer', () => mintJwt({ iss: 'https://evil.example' })],
    ['without an issuer', () => mintJwt({ iss: undefined })],
    ['without a subject', () => mintJwt({ sub: undefined })],
    ['with a subject that is no id', () => mintJwt({ sub: 'a\nb' })],
    ['without a tenant', () => mintJwt({ tenant_id: undefined })],
    ['with a tenant that is no id', () => mintJwt({ tenant_id: ['t1'] })],
    ['signed with another secret', () => mintJwt({}, 'another secret of at least 32 characters')],
    [
      'with alg none',
      async () =>
        new UnsecuredJWT({ sub: 'u1', tenant_id: 't1' })
          .setIssuer(ISSUER)
          .setAudience(AUDIENCE)
          .setExpirationTime('5m')
          .encode(),
    ],
    ['with its signature cut off', async () => `${(await mintJwt()).split('.').slice(0, 2).join('.')}.`],
    ['with another payload under its signature', async () => swapPayload(await mintJwt())],
    ['that is no token', async () => 'abc'],
    ['of 9,000 characters', async () => `${await mintJwt()}${'a'.repeat(9_000)}`],
  ])('refuses one %s', async (_name, mint) => {
    const answer = await startApi().call('GET', '/api/preferences', { credential: await mint() })
    expect([answer.status, answer.json.code]).toEqual([401, 'credential_invalid'])
    expect(answer.headers.get('www-authenticate')).toContain('Bearer')
  })

  it('takes a token without a tenant only where the installation names one', async () => {
    const options = { keys: { secret: JWT_SECRET }, issuer: ISSUER, audience: AUDIENCE }
    const verify = createJwtVerifier({ ...options, tenantOfOthers: 'default' })
    expect(await verify(await mintJwt({ tenant_id: undefined }))).toMatchObject({ tenantId: 'default', userId: 'u1' })
    expect(await verify(await mintJwt())).toMatchObject({ tenantId: 't1' })
  })

  it('does not take a public key for a shared secret', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256' }] }
    const verify = createJwtVerifier({ keys: { jwks }, issuer: ISSUER, audience: AUDIENCE })
    const claims = { sub: 'u1', tenant_id: 't1', iss: ISSUER, aud: AUDIENCE, exp: PAST + 600 }
    const genuine = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(privateKey)
    expect(await verify(genuine)).toMatchObject({ userId: 'u1' })
    const pem = new TextEncoder().encode(await exportSPKI(publicKey))
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(pem)
    expect(await verify(forged)).toBeUndefined()
    const { privateKey: other } = await generateKeyPair('RS256')
    expect(
      await verify(await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(other)),
    ).toBeUndefined()
    expect(
      await verify(await new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'k2' }).sign(other)),
    ).toBeUndefined()
  })

  it('answers 503 while the keys cannot be fetched, and not that the token is bad', async () => {
    const { privateKey } = await generateKeyPair('RS256')
    const token = await new SignJWT({ sub: 'u1' }).setProtectedHeader({ alg: 'RS256', kid: 'k' }).sign(privateKey)
    const jwt = createJwtVerifier({ keys: { jwksUrl: 'http://127.0.0.1:9/jwks' }, issuer: ISSUER, audience: AUDIENCE })
    await expect(jwt(token)).rejects.toThrow(Unavailable)
    const app = createApi(startApi().ports, { eventIdKeys: EVENT_ID_KEYS, jwt })
    const answer = await app.request('/api/preferences', { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(503)
  })

  it('lets a person see nobody else', async () => {
    const api = startApi()
    await api.call('PUT', '/api/users/u2', { body: { locale: 'de' } })
    const credential = await mintJwt({ scope: 'users:read users:write notifications:write' })
    expect(await status(credential, api, '/api/users/u2')).toBe(404)
    expect((await api.call('PUT', '/api/users/u2', { credential, body: {} })).status).toBe(404)
    expect((await api.call('GET', '/api/preferences?userId=u2', { credential })).status).toBe(404)
    expect((await api.call('PUT', '/api/preferences', { credential, body: { userId: 'u2' } })).status).toBe(404)
    expect((await api.call('POST', '/api/notifications/n/read', { credential, body: { userId: 'u2' } })).status).toBe(
      404,
    )
  })

  it('lets a person post only with a scope for it', async () => {
    const api = startApi()
    const post = async (scope?: string) =>
      (await api.call('POST', '/api/notifications', { credential: await mintJwt({ scope }), body: EVENT })).status
    expect(await post()).toBe(403)
    expect(await post('events:read notifications:write')).toBe(403)
    expect(await post('openid events:write')).toBe(202)
  })
})

describe('API keys of services', () => {
  it.each([
    ['an unknown key', () => 'car_000000000000.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['a wrong secret', (api: Api) => `${api.token.slice(0, -4)}AAAA`],
    ['a revoked key', (api: Api) => api.addKey(undefined, 't1', { revokedAt: api.clock.now }).token],
    ['an expired key', (api: Api) => api.addKey(undefined, 't1', { expiresAt: api.clock.now }).token],
    ['a key without its secret', (api: Api) => api.token.split('.')[0] ?? ''],
    ['a stored hash that is none', (api: Api) => breakHash(api)],
  ])('refuses %s', async (_name, makeCredential) => {
    const api = startApi()
    const answer = await api.call('GET', '/api/users/u1', { credential: makeCredential(api) })
    expect([answer.status, answer.json.code]).toEqual([401, 'credential_invalid'])
  })

  it.each([
    ['no header', {}],
    ['no Bearer', { authorization: 'car_abc.def' }],
    ['Basic', { authorization: 'Basic dTpw' }],
    ['Bearer and nothing', { authorization: 'Bearer ' }],
    ['two tokens', { authorization: 'Bearer a b' }],
  ])('asks for a credential where there is %s', async (_name, headers) => {
    const answer = await startApi().call('GET', '/api/users/u1', { credential: '', headers })
    expect([answer.status, answer.json.code]).toEqual([401, 'credential_missing'])
  })

  it('refuses a key that lacks the scope, and names the scope', async () => {
    const api = startApi()
    const answer = await api.call('PUT', '/api/users/u1', { credential: api.addKey(['users:read']).token, body: {} })
    expect([answer.status, answer.json.code]).toEqual([403, 'scope_missing'])
    expect(answer.headers.get('www-authenticate')).toContain('users:write')
  })

  it('asks the database once in five seconds, and sees a revocation after them', async () => {
    const api = startApi()
    const key = api.addKey()
    await Promise.all([status(key.token, api), status(key.token, api)])
    await status(key.token, api)
    expect(api.counts.keyLookUps).toBeLessThanOrEqual(2)
    const row = api.apiKeys.get(key.id)
    if (row) api.apiKeys.set(key.id, { ...row, revokedAt: api.clock.now })
    api.clock.now = new Date(api.clock.now.getTime() + 5_001)
    expect(await status(key.token, api)).toBe(401)
  })

  it('lets known keys post while the database is away, for ten minutes', async () => {
    const api = startApi(new Unavailable('database'))
    const post = async () => (await api.call('POST', '/api/notifications', { body: EVENT })).status
    expect(await post()).toBe(202)
    api.failOn('credentials')
    api.clock.now = new Date(api.clock.now.getTime() + 500_000)
    expect(await post()).toBe(202)
    api.clock.now = new Date(api.clock.now.getTime() + 500_000)
    expect(await post()).toBe(503)
  })

  it('takes the tenant from the key and from nowhere else', async () => {
    const api = startApi()
    const other = api.addKey(undefined, 't2').token
    await api.call('PUT', '/api/users/u1', { body: { locale: 'de' } })
    expect((await api.call('GET', '/api/users/u1')).status).toBe(200)
    const headers = { 'tenant-id': 't1', 'x-tenant-id': 't1' }
    expect((await api.call('GET', '/api/users/u1?tenantId=t1', { credential: other, headers })).status).toBe(404)
    await api.call('POST', '/api/notifications', { credential: other, headers, body: { ...EVENT, tenantId: 't1' } })
    expect(api.published[0]?.headers['tenant-id']).toBe('t2')
  })
})

type Api = ReturnType<typeof startApi>

function breakHash(api: Api): string {
  const key = api.addKey()
  const row = api.apiKeys.get(key.id)
  if (row) api.apiKeys.set(key.id, { ...row, secretHash: '' })
  return key.token
}

function swapPayload(token: string): string {
  const [head, payload = '', signature] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return [head, Buffer.from(JSON.stringify({ ...claims, sub: 'admin' })).toString('base64url'), signature].join('.')
}
