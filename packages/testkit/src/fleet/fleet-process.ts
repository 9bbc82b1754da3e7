import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { childEnvironment } from '../config.ts'

export interface FleetProcess {
  readonly name: string
  readonly pid: number
  readonly exited: Promise<number | string>
  kill(signal: NodeJS.Signals): void
}

export interface FleetProcessOptions {
  readonly name: string
  readonly env: Readonly<Record<string, string>>
  readonly logDir: string
  readonly readyTimeoutMs: number
}

/** As infra/pm2 starts them. */
const KEEP_MEMORY = { MIMALLOC_PURGE_DELAY: '-1' }
const APPS_DIR = fileURLToPath(new URL('../../../../apps/', import.meta.url))

/** Starts one app as a process of its own and waits until it says `ready`, as PM2 does with `wait_ready`. */
export async function startFleetProcess(options: FleetProcessOptions): Promise<FleetProcess> {
  const { name, env, logDir, readyTimeoutMs } = options
  const log = createWriteStream(join(logDir, `${name}.log`), { flags: 'a' })
  const child = spawn(process.execPath, [join(APPS_DIR, name, 'src', 'main.ts')], {
    env: { ...childEnvironment(), ...KEEP_MEMORY, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  child.stdout?.pipe(log, { end: false })
  child.stderr?.pipe(log, { end: false })
  const exited = once(child, 'exit').then(([code, signal]) => signal ?? code)
  void exited.then(() => log.end())
  await waitUntilReady(child, exited, options, readyTimeoutMs)
  if (child.pid === undefined) throw new Error(`start ${name}: no pid`)
  return { name, pid: child.pid, exited, kill: (signal) => child.kill(signal) }
}

async function waitUntilReady(
  child: ChildProcess,
  exited: Promise<number | string>,
  { name, logDir }: FleetProcessOptions,
  timeoutMs: number,
): Promise<void> {
  const overdue = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    child.kill('SIGKILL')
    overdue.reject(new Error(`start ${name}: not ready after ${timeoutMs} ms; see ${join(logDir, `${name}.log`)}`))
  }, timeoutMs)
  const ended = exited.then((code) =>
    Promise.reject(new Error(`start ${name}: it ended with ${code}; see ${join(logDir, `${name}.log`)}`)),
  )
  try {
    await Promise.race([once(child, 'message'), ended, overdue.promise])
  } finally {
    clearTimeout(timer)
    ended.catch(() => undefined)
  }
}
