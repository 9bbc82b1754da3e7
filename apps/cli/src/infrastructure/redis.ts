import { mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as rest } from 'node:timers/promises'
import type { Config } from '../config.ts'
import { findFreePort } from './free-port.ts'
import type { Server } from './open.ts'

const startMsMax = 10_000

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.end()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** The one that REDIS_URL names, else one of its own that keeps nothing. */
export async function openRedisHere(dataDir: string, config: Config): Promise<Server> {
  const given = config.environment.REDIS_URL
  const variable = 'CARILLON_TEST_REDIS'
  if (given) return { label: 'the Redis of REDIS_URL', variable, url: given, close: async () => undefined }
  const program = Bun.which('redis-server')
  if (!program) throw new Error('Redis: redis-server is not installed')
  await mkdir(dataDir, { recursive: true })
  const port = await findFreePort()
  const child = Bun.spawn([program, '--bind', '127.0.0.1', '--port', `${port}`, '--save', '', '--dir', dataDir], {
    stdin: 'ignore',
    stdout: 'ignore',
    stderr: 'ignore',
  })
  const deadline = performance.now() + startMsMax
  while (!(await answers(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill()
      throw new Error(`Redis: redis-server did not start on port ${port}`)
    }
    await rest(20)
  }
  return {
    label: `Redis at 127.0.0.1:${port}`,
    variable,
    url: `redis://127.0.0.1:${port}`,
    close: async () => {
      child.kill()
      await child.exited
    },
  }
}
