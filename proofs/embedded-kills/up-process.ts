import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '@carillon/testkit'

const launcher = fileURLToPath(new URL('../../carillon', import.meta.url))

export interface Ready {
  readonly api: string
  readonly kafka: string
  readonly apiKey: string
  readonly recovered: readonly string[]
  readonly startedInMs: number
}

/** `./carillon up` as a process: the launcher becomes Bun, so its number is the fleet's. */
export interface UpProcess {
  /** Rejects when it ended before it was ready. */
  readonly ready: Promise<Ready>
  kill(): Promise<void>
  stop(): Promise<number>
}

export function spawnUp(dataDir: string, settings: Readonly<Record<string, string>>): UpProcess {
  const startedAtMs = performance.now()
  const child = Bun.spawn(['sh', launcher, 'up', '--data', dataDir, '--port', '0', '--kafka-port', '0', '--json'], {
    env: { ...childEnvironment(), ...settings },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const errors = child.stderr.text()
  async function waitUntilReady(): Promise<Ready> {
    let text = ''
    const decoder = new TextDecoder()
    for await (const chunk of child.stdout) {
      text += decoder.decode(chunk, { stream: true })
      const end = text.indexOf('\n')
      if (end < 0) continue
      const line: Omit<Ready, 'startedInMs'> = JSON.parse(text.slice(0, end))
      return { ...line, startedInMs: performance.now() - startedAtMs }
    }
    throw new Error(`up ended before it was ready: ${(await errors).trim().slice(-500)}`)
  }
  const ready = waitUntilReady()
  ready.catch(() => undefined)
  return {
    ready,
    async kill() {
      child.kill('SIGKILL')
      await child.exited
    },
    async stop() {
      child.kill('SIGINT')
      return child.exited
    },
  }
}

export interface PostgresPlace {
  readonly pid: number
  readonly url: string
}

/** Where the embedded Postgres of this directory listens, as its own pid file says. */
export async function findPostgres(dataDir: string): Promise<PostgresPlace> {
  const text = await readFile(join(dataDir, 'postgres/pgdata/postmaster.pid'), 'utf8')
  const [pid, , , port, socketDir = ''] = text.split('\n')
  const url = `postgresql://carillon@localhost:${port}/carillon?host=${encodeURIComponent(socketDir)}`
  return { pid: Number(pid), url }
}
