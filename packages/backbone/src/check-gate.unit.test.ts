import { ConfigError, parseConfig } from '@carillon/process'
import { expect, it } from 'vitest'
import { checkGate } from './check-gate.ts'
import { sendingSettings } from './settings.ts'

const check = (environment: Record<string, string>) => () => checkGate(parseConfig(sendingSettings, environment))

it.each([
  [{ CARILLON_REDIRECT: 'dev@example.com' }, 'CARILLON_REDIRECT'],
  [{ CARILLON_ALLOWED: '@example.com' }, 'CARILLON_ALLOWED'],
  [{ CARILLON_ALLOWED: '@example.com', CARILLON_REDIRECT: '+491' }, 'CARILLON_REDIRECT and CARILLON_ALLOWED'],
])('production refuses to start with %j', (environment, words) => {
  expect(check({ ...environment, NODE_ENV: 'production' })).toThrow(ConfigError)
  expect(check({ ...environment, NODE_ENV: 'production' })).toThrow(words)
})

it.each([
  {},
  { NODE_ENV: 'production' },
  { NODE_ENV: 'production', CARILLON_REDIRECT: '' },
  { CARILLON_REDIRECT: 'dev@example.com' },
  { NODE_ENV: 'staging', CARILLON_REDIRECT: 'dev@example.com' },
])('%j may start', (environment) => {
  expect(check(environment)).not.toThrow()
})
