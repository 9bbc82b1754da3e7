import { findFreePort } from '@carillon/testkit'
import { waitUntil } from '../fleet/wait-until.ts'

/** A Redis that nobody else uses, so that it may be flushed, stopped and killed. */
export interface OwnRedis {
  readonly url: string
  readPid(): number
  flush(): Promise<void>
  kill(): Promise<void>
  start(): Promise<void>
}

const START_MS_MAX = 20_000

export async function openOwnRedis(dir: string): Promise<OwnRedis> {
  const program = Bun.which('redis-server')
  if (!program) throw new Error('the fault machine needs redis-server')
  const port = await findFreePort()
  const url = `redis://127.0.0.1:${port}`
  const command = [program, '--bind', '127.0.0.1', '--port', `${port}`, '--save', '', '--dir', dir]
  const spawn = () => Bun.spawn(command, { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' })
  let running = spawn()

  async function ask(...words: readonly string[]): Promise<string> {
    const client = new Bun.RedisClient(url, { autoReconnect: false, connectionTimeout: 1_000 })
    try {
      await client.connect()
      return String(await client.send(words[0] ?? '', words.slice(1)))
    } finally {
      client.close()
    }
  }

  const waitUntilUp = () =>
    waitUntil('Redis up', START_MS_MAX, async () => {
      const seen = await ask('PING').catch(String)
      return { isSo: seen === 'PONG', seen }
    })

  await waitUntilUp()
  return {
    url,
    readPid: () => running.pid,
    async flush() {
      await ask('FLUSHALL')
    },
    async kill() {
      running.kill('SIGKILL')
      await running.exited
    },
    async start() {
      running = spawn()
      await waitUntilUp()
    },
  }
}
