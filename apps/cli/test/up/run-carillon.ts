import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as rest } from 'node:timers/promises'
import { childEnvironment } from '@carillon/testkit'

const main = join(import.meta.dirname, '../../src/main.ts')
const readyMsMax = 25_000
const goneMsMax = 10_000

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Started {
  readonly pid: number
  readonly startedInMs: number
  /** Everything that it has printed so far. */
  output(): string
  stop(signal?: NodeJS.Signals): Promise<Ended & { readonly stoppedInMs: number }>
}

function spawnCommand(args: readonly string[], extra: Record<string, string>) {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...childEnvironment(), NO_COLOR: '1', ...extra },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    printed.stderr += text
  })
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...printed }))
  return { child, printed, ended }
}

export function runCarillon(args: readonly string[], extra: Record<string, string> = {}): Promise<Ended> {
  return spawnCommand(args, extra).ended
}

/** Waits until it has printed its screen, or its line with --json. */
export async function startUp(args: readonly string[], extra: Record<string, string> = {}): Promise<Started> {
  const startedAtMs = performance.now()
  const { child, printed, ended } = spawnCommand(['up', ...args], extra)
  const early = ended.then(({ stderr }) => Promise.reject(new Error(`up ended before it was ready: ${stderr}`)))
  early.catch(() => undefined)
  const isReady = args.includes('--json') ? /"ready":true.*\n/ : /Ctrl-C/
  const ready = (async () => {
    while (!isReady.test(printed.stdout)) {
      await rest(10)
      if (performance.now() - startedAtMs < readyMsMax) continue
      child.kill('SIGKILL')
      throw new Error(`up was not ready after ${readyMsMax} ms: ${JSON.stringify(printed)}`)
    }
  })()
  await Promise.race([ready, early])
  return {
    pid: child.pid ?? 0,
    startedInMs: performance.now() - startedAtMs,
    output: () => printed.stdout,
    async stop(signal = 'SIGINT') {
      const stoppingAtMs = performance.now()
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      return { ...(await ended), stoppedInMs: performance.now() - stoppingAtMs }
    },
  }
}

export async function openScratchDir(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'carillon-up-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

/** Postgres servers that stand in this data directory. */
export function findServersIn(dataDir: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && readCwd(pid).startsWith(join(dataDir, 'postgres')))
}

export async function waitUntilNoServerIn(dataDir: string): Promise<void> {
  for (const deadlineMs = performance.now() + goneMsMax; findServersIn(dataDir).length > 0; await rest(20))
    if (performance.now() > deadlineMs) throw new Error(`processes are left: ${findServersIn(dataDir)}`)
}

function readCwd(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}
