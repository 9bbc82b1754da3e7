import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { BrokerEvent, BrokerLimits, BrokerStats, Recovered } from '@carillon/embedded'
import { within } from '../conformance/expect.ts'

export interface SpawnedBroker {
  readonly address: string
  readonly recovered: Recovered
  readonly events: readonly BrokerEvent[]
  readStats(): Promise<BrokerStats>
  /** The most that it ever had in memory. */
  readPeakMemoryBytes(): Promise<number>
  kill(): Promise<void>
  stop(): Promise<void>
}

type Line = { event: BrokerEvent } | { ready: { address: string; recovered: Recovered } } | { stats: BrokerStats }

const program = fileURLToPath(new URL('./broker-process.ts', import.meta.url))

export async function spawnBroker(
  dataDir: string,
  { limits = {}, flags = [] }: { limits?: Partial<BrokerLimits>; flags?: readonly string[] } = {},
): Promise<SpawnedBroker> {
  const child = Bun.spawn([process.execPath, ...flags, program, dataDir, JSON.stringify(limits)], {
    stdin: 'pipe',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const events: BrokerEvent[] = []
  const asked: ((stats: BrokerStats) => void)[] = []
  const ready = Promise.withResolvers<{ address: string; recovered: Recovered }>()
  createInterface(Readable.fromWeb(child.stdout)).on('line', (text) => {
    const line: Line = JSON.parse(text)
    if ('event' in line) events.push(line.event)
    else if ('ready' in line) ready.resolve(line.ready)
    else asked.shift()?.(line.stats)
  })
  child.exited.then((code) => ready.reject(new Error(`the broker ended with ${code} before it was ready`)))
  return {
    ...(await ready.promise),
    events,
    readStats() {
      const answer = new Promise<BrokerStats>((resolve) => asked.push(resolve))
      child.stdin.write('stats\n')
      child.stdin.flush()
      return within(10_000, "the broker's counts", answer)
    },
    async readPeakMemoryBytes() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024
    },
    async kill() {
      child.kill('SIGKILL')
      await child.exited
    },
    async stop() {
      child.stdin.end()
      await within(20_000, 'closing the broker', child.exited)
    },
  }
}
