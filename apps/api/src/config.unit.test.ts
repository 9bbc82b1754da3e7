import { afterEach, expect, it, vi } from 'vitest'
import { readConfig } from './config.ts'

const GOOD = {
  DATABASE_URL: 'postgres://x@127.0.0.1/x',
  KAFKA_BROKER: '127.0.0.1:9092',
  CARILLON_SECRET: 'a secret of the test',
}
const JWT = { JWT_SECRET: 'a shared secret of at least 32 characters', JWT_ISSUER: 'i', JWT_AUDIENCE: 'a' }

afterEach(() => {
  vi.unstubAllEnvs()
})

function read(env: Record<string, string>) {
  for (const [name, value] of Object.entries({ ...GOOD, ...env })) vi.stubEnv(name, value)
  return readConfig()
}

it('needs only the database, the brokers and a secret', () => {
  vi.stubEnv('PORT', '')
  expect(read({})).toMatchObject({ PORT: 3001, API_HOST: '127.0.0.1', CORS_ORIGINS: [] })
})

it('takes tokens of people with everything that pins them', () => {
  expect(read(JWT)).toMatchObject(JWT)
})

it.each([
  ['a secret without an issuer', { ...JWT, JWT_ISSUER: '' }, /JWT_ISSUER/],
  ['a secret without an audience', { ...JWT, JWT_AUDIENCE: '' }, /JWT_AUDIENCE/],
  ['a secret that is short', { ...JWT, JWT_SECRET: 'short' }, /JWT_SECRET.*32/],
  ['a secret beside public keys', { ...JWT, JWT_JWKS_URL: 'https://i.example/jwks' }, /exclude each other/],
  ['an origin with a path', { CORS_ORIGINS: 'https://shop.example/x' }, /CORS_ORIGINS.*origin/],
  ['any origin', { CORS_ORIGINS: '*' }, /CORS_ORIGINS/],
  ['an empty list of secrets', { CARILLON_SECRET: ',' }, /CARILLON_SECRET/],
])('refuses %s', (_name, env, problem) => {
  expect(() => read(env)).toThrow(problem)
})
