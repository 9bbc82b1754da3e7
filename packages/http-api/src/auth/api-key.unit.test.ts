import { beforeEach, expect, it, vi } from 'vitest'
import { createMemoryPorts } from '../testing.ts'
import { createApiKeyVerifier, mintApiKey, parseApiKey } from './api-key.ts'

const { compared } = vi.hoisted(() => ({ compared: [] as [number, number][] }))
vi.mock('node:crypto', async (importActual) => {
  const actual = await importActual<typeof import('node:crypto')>()
  const timingSafeEqual = (a: Buffer, b: Buffer) => {
    compared.push([a.length, b.length])
    return actual.timingSafeEqual(a, b)
  }
  return { ...actual, timingSafeEqual }
})
beforeEach(() => void compared.splice(0))

const now = () => new Date('2026-05-01T10:00:00.000Z')
const OTHER = mintApiKey().token.split('.')[1] ?? ''

async function verify(change: (secret: string) => string, stored: { secretHash?: string; isKnown?: boolean } = {}) {
  const { id, secretHash, token } = mintApiKey()
  const memory = createMemoryPorts(now)
  const row = { tenantId: 't1', secretHash, scopes: [], expiresAt: null, revokedAt: null }
  if (stored.isKnown !== false) memory.apiKeys.set(id, { ...row, ...stored })
  const secret = parseApiKey(token)?.secret ?? ''
  return createApiKeyVerifier(memory.ports.credentials, now)({ id, secret: change(secret) })
}

const same = (secret: string) => secret
const replaceAt = (place: number) => (secret: string) =>
  secret
    .split('')
    .with(place, secret.at(place) === 'A' ? 'B' : 'A')
    .join('')

it.each([
  ['right', same, {}, true],
  ['wrong in its first character', replaceAt(0), {}, false],
  ['wrong in its last character', replaceAt(-1), {}, false],
  ['of another length', (secret: string) => secret.slice(0, 32), {}, false],
  ["another key's", () => OTHER, {}, false],
  ['of an unknown key', same, { isKnown: false }, false],
  ['of a key whose stored hash is cut off', same, { secretHash: 'ab12' }, false],
])('a secret that is %s costs one comparison in constant time, of two digests', async (_name, change, stored, isIn) => {
  expect((await verify(change, stored)) !== undefined).toBe(isIn)
  // Equal lengths whatever was sent, and no look at the secret before: nothing in the time tells how much was right.
  expect(compared).toEqual([[32, 32]])
})
