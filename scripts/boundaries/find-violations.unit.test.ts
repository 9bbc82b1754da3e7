import { describe, expect, it } from 'vitest'
import { checkManifest, checkSource } from './find-violations.ts'

const path = 'packages/planning/src/plan.ts'

function rulesOf(text: string, at = path): string[] {
  return checkSource({ path: at, text }).map(({ path, line, rule }) => `${path}:${line} ${rule}`)
}

describe('the boundary check', () => {
  it('names file, line and rule of an import that the table forbids', () => {
    const text = "import { z } from 'zod'\n\nimport {\n  openStore,\n  type Store,\n} from '@carillon/store'\n"
    expect(rulesOf(text)).toEqual([
      'packages/planning/src/plan.ts:6 planning may not import store; it may import contracts, templates',
    ])
  })

  it('sees an import whatever its form', () => {
    for (const form of [
      "import '@carillon/kafka'",
      "import type { Lag } from '@carillon/kafka'",
      "export * from '@carillon/kafka'",
      "export { lag } from '@carillon/kafka/testing'",
      "const kafka = await import('@carillon/kafka')",
      "type Lag = import('@carillon/kafka').Lag",
      "import lag, { type Lag } from '@carillon/kafka'",
    ]) {
      expect(rulesOf(form), form).toHaveLength(1)
    }
  })

  it('lets an adapter import the types of a port from whoever asks for it, and nothing that runs', () => {
    const adapter = 'packages/store/src/inbox/inbox-store.ts'
    const rule = `${adapter}:1 store may import types alone of http-api: import type { … }`
    expect(rulesOf("import type { InboxStore } from '@carillon/http-api'", adapter)).toEqual([])
    expect(rulesOf("import type {\n  InboxStore,\n} from '@carillon/http-api'", adapter)).toEqual([])
    expect(rulesOf("export type { InboxStore } from '@carillon/http-api'", adapter)).toEqual([])
    for (const form of [
      "import { createApi } from '@carillon/http-api'",
      "import { type InboxStore } from '@carillon/http-api'",
      "import '@carillon/http-api'",
      "import type from '@carillon/http-api'",
      "const api = await import('@carillon/http-api')",
    ]) {
      expect(rulesOf(form, adapter), form).toEqual([rule])
    }
    expect(rulesOf("import type { Api } from '@carillon/http-api'", 'packages/redis/src/x.ts')).toHaveLength(1)
  })

  it('has what only types are imported of among the dependencies of development', () => {
    const text = '{ "dependencies": { "@carillon/http-api": "workspace:*" } }'
    const check = (needs: object) => checkManifest({ path: 'packages/store/package.json', text }, needs)
    expect(check({ dependencies: { '@carillon/http-api': 'workspace:*' } })).toHaveLength(1)
    expect(check({ devDependencies: { '@carillon/http-api': 'workspace:*' } })).toEqual([])
  })

  it('lets the table have its way and says nothing of comments and strings', () => {
    expect(
      rulesOf("import { Event } from '@carillon/contracts'\n// import '@carillon/store'\n/* process.env.X */"),
    ).toEqual([])
    expect(rulesOf("const site = 'https://example.com' // process.env", path)).toEqual([])
  })

  it('names file and line of a read of the environment outside config.ts', () => {
    const rule = 'the environment is read in config.ts only'
    expect(rulesOf('const a = 1\nconst port = process.env.PORT\n')).toEqual([`${path}:2 ${rule}`])
    expect(rulesOf('const home = Bun.env.HOME')).toEqual([`${path}:1 ${rule}`])
    expect(rulesOf('const { env } = process')).toEqual([`${path}:1 ${rule}`])
    expect(rulesOf("import { env } from 'node:process'")).toEqual([`${path}:1 ${rule}`])
    expect(rulesOf('const port = process.env.PORT', 'apps/api/src/config.ts')).toEqual([])
    expect(rulesOf('const port = process.env.PORT', 'packages/testkit/src/config.ts')).toEqual([])
    for (const other of [
      'packages/kafka/test/lag.int.test.ts',
      'e2e/shop.e2e.test.ts',
      'proofs/fanout.ts',
      'bench/x.ts',
    ])
      expect(rulesOf('const port = process.env.PORT', other)).toEqual([`${other}:1 ${rule}`])
  })

  it('refuses a relative import that leaves its package', () => {
    expect(rulesOf("import { x } from '../../store/src/x.ts'")[0]).toContain('import @carillon/store by name')
    expect(rulesOf("import { x } from '../src/x.ts'")).toEqual([])
  })

  it('keeps apps apart, but lets the command line start them', () => {
    expect(rulesOf("import { openRouter } from '@carillon/router'", 'apps/api/src/main.ts')).toHaveLength(1)
    expect(rulesOf("import { openRouter } from '@carillon/router'", 'packages/http-api/src/app.ts')).toHaveLength(1)
    expect(rulesOf("import { openRouter } from '@carillon/router'", 'apps/cli/src/up.ts')).toEqual([])
    expect(rulesOf("import { openStore } from '@carillon/store'", 'apps/api/src/main.ts')).toEqual([])
  })

  it('keeps what is for tests out of what runs', () => {
    expect(rulesOf("import { fakeSmtp } from '@carillon/testkit'", 'apps/email/src/main.ts')).toEqual([
      'apps/email/src/main.ts:1 testkit is for tests',
    ])
    expect(rulesOf("import { fakeSmtp } from '@carillon/testkit'", 'apps/email/test/main.int.test.ts')).toEqual([])
  })

  it('keeps each vendor in its place', () => {
    expect(rulesOf("import { Kafka } from 'kafkajs'", 'apps/router/src/main.ts')[0]).toContain('packages/kafka/')
    expect(rulesOf("import { Kafka } from 'kafkajs'", 'packages/kafka/src/client.ts')).toEqual([])
    expect(rulesOf("import { Prisma } from '@prisma/client'", 'apps/api/src/main.ts')).toHaveLength(1)
    expect(rulesOf("import { Pool } from 'pg'", 'packages/embedded/src/broker/log.ts')).toHaveLength(1)
  })

  it('keeps main.ts to wiring', () => {
    expect(rulesOf('x\n'.repeat(80), 'apps/api/src/main.ts')).toEqual([])
    expect(rulesOf('x\n'.repeat(81), 'apps/api/src/main.ts')).toHaveLength(1)
  })

  it('compares what a package.json needs with the table', () => {
    const check = (at: string, manifest: object) => {
      const text = JSON.stringify(manifest, null, 2)
      return checkManifest({ path: at, text }, manifest).map(({ line, rule }) => `${line} ${rule}`)
    }
    const needs = { dependencies: { '@carillon/contracts': 'workspace:*', '@carillon/store': 'workspace:*' } }
    expect(check('packages/kafka/package.json', needs)).toEqual([
      '4 kafka may not import store; it may import contracts, routing, delivery, clock, receipts',
    ])
    expect(check('apps/api/package.json', needs)).toEqual([])
    expect(check('packages/kafka/package.json', { dependencies: { '@carillon/testkit': 'workspace:*' } })).toHaveLength(
      1,
    )
    expect(check('packages/kafka/package.json', { devDependencies: { '@carillon/testkit': 'workspace:*' } })).toEqual(
      [],
    )
    expect(check('packages/common/package.json', {})[0]).toContain('names no packages/common')
  })
})
