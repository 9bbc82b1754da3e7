import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { STAGE_SECRET, startFleetProcess } from '@carillon/testkit'
import { expect, it } from 'vitest'

// Nobody is asked: the process ends before it connects to anything.
const nobody = {
  DATABASE_URL: 'postgres://127.0.0.1:1/none',
  KAFKA_BROKER: '127.0.0.1:1',
  CARILLON_SECRET: STAGE_SECRET,
}

it.each(['email', 'sms', 'push'])(
  'in production %s does not start with a redirect left over from a trial',
  async (name) => {
    const logDir = await mkdtemp(join(tmpdir(), 'carillon-production-'))
    try {
      const env = { ...nobody, NODE_ENV: 'production', CARILLON_SIMULATE: name, CARILLON_REDIRECT: 'dev@example.com' }
      const starting = startFleetProcess({ name, env, logDir, readyTimeoutMs: 20_000 })
      await expect(starting).rejects.toThrow('it ended with 1')
      expect(await readFile(join(logDir, `${name}.log`), 'utf8')).toContain('remove CARILLON_REDIRECT')
    } finally {
      await rm(logDir, { recursive: true })
    }
  },
  30_000,
)
