import { mkdirSync } from 'node:fs'
import { type FleetProcess, startFleetProcess } from './fleet-process.ts'

export type AppName = 'api' | 'router' | 'fanout' | 'email' | 'sms' | 'push' | 'receipts' | 'escalation'

export interface FleetOptions {
  readonly apps: readonly AppName[]
  /** The environment of every process; `envOf` adds what one alone needs. */
  readonly env: Readonly<Record<string, string>>
  readonly envOf?: Partial<Readonly<Record<AppName, Readonly<Record<string, string>>>>>
  readonly logDir: string
  readonly readyTimeoutMs?: number
}

export interface Fleet {
  /** Kills a process by its pid and starts it again, as a supervisor would; resolves when it is ready again. */
  killAndRestart(name: AppName, signal?: NodeJS.Signals): Promise<void>
  /** Answers how it ended, or undefined when it was not running. */
  kill(name: AppName, signal?: NodeJS.Signals): Promise<number | string | undefined>
  start(name: AppName): Promise<void>
  pidOf(name: AppName): number | undefined
  /** Exits that nobody here asked for, as `name: code`. */
  readUnexpectedExits(): readonly string[]
  close(): Promise<void>
}

const CLOSE_MS_MAX = 25_000

/** The fleet as operators run it: one process an app, supervised, on the infrastructure that `env` names. */
export async function openFleet(options: FleetOptions): Promise<Fleet> {
  mkdirSync(options.logDir, { recursive: true })
  const running = new Map<AppName, FleetProcess>()
  const starting = new Map<AppName, Promise<void>>()
  const unexpectedExits: string[] = []
  let isClosing = false

  async function startOnce(name: AppName): Promise<void> {
    const env = { ...options.env, ...options.envOf?.[name] }
    const started = await startFleetProcess({
      name,
      env,
      logDir: options.logDir,
      readyTimeoutMs: options.readyTimeoutMs ?? 30_000,
    })
    running.set(name, started)
    void started.exited.then((code) => restartUnlessAsked(name, started, code))
  }

  // A process that ends by itself did so on purpose (a lost broker, say): a supervisor starts it again.
  function restartUnlessAsked(name: AppName, ended: FleetProcess, code: number | string): void {
    if (running.get(name) !== ended) return
    running.delete(name)
    if (isClosing) return
    unexpectedExits.push(`${name}: ${code}`)
    void start(name).catch(() => undefined)
  }

  function start(name: AppName): Promise<void> {
    const already = starting.get(name)
    if (already) return already
    const begun = startPatiently(name).finally(() => starting.delete(name))
    starting.set(name, begun)
    return begun
  }

  async function startPatiently(name: AppName): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await startOnce(name)
      } catch (error) {
        if (isClosing || tries === 10) throw error
        await new Promise((resolve) => setTimeout(resolve, 250 * tries))
      }
    }
  }

  async function kill(name: AppName, signal: NodeJS.Signals = 'SIGKILL'): Promise<number | string | undefined> {
    await starting.get(name)?.catch(() => undefined)
    const process = running.get(name)
    if (!process) return undefined
    running.delete(name)
    process.kill(signal)
    return process.exited
  }

  async function close(): Promise<void> {
    isClosing = true
    await Promise.allSettled([...starting.values()])
    await Promise.all([...running.values()].map(closeProcess))
  }

  await Promise.all(options.apps.map(start)).catch(async (error) => {
    await close()
    throw error
  })
  return {
    async killAndRestart(name, signal) {
      await kill(name, signal)
      await start(name)
    },
    kill,
    start,
    pidOf: (name) => running.get(name)?.pid,
    readUnexpectedExits: () => unexpectedExits,
    close,
  }
}

async function closeProcess(process: FleetProcess): Promise<void> {
  process.kill('SIGTERM')
  const timer = setTimeout(() => process.kill('SIGKILL'), CLOSE_MS_MAX)
  await process.exited
  clearTimeout(timer)
}
