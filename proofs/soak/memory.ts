import { readFile } from 'node:fs/promises'
import type { AppName, FleetStage } from '@carillon/testkit'

const PAGE_BYTES = 4_096

/** By process, in bytes, as they were seen: collectors let memory rise and fall, so one look says little. */
export type MemorySeries = ReadonlyMap<AppName, number[]>

export function createMemorySeries(apps: readonly AppName[]): MemorySeries {
  return new Map(apps.map((app) => [app, []]))
}

export async function noteMemory({ fleet }: FleetStage, series: MemorySeries): Promise<void> {
  for (const [app, seen] of series) {
    const pid = fleet.pidOf(app)
    if (pid === undefined) throw new Error(`memory of ${app}: not running`)
    const [, residentPages = ''] = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ')
    seen.push(Number(residentPages) * PAGE_BYTES)
  }
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
