import type { AppName } from '@carillon/testkit'
import type { Random } from '../fleet/random.ts'

export type Target = Extract<AppName, 'api' | 'router' | 'email' | 'escalation'> | 'broker' | 'barrier'
export type Counts = Readonly<Record<Target, number>>

/**
 * Several kills in a row, after which the fleet gets time to work again: a process that is killed while it waits for the
 * seat of its dead predecessor proves little. Who must be busy when it is hit comes first.
 */
export function planSalvos(counts: Counts, random: Random): Target[][] {
  const firsts = random.shuffle([...repeat('barrier', counts.barrier), ...repeat('email', counts.email)])
  const others = random.shuffle(
    (['api', 'router', 'escalation', 'broker'] as const).flatMap((name) => repeat(name, counts[name])),
  )
  const salvos: Target[][] = firsts.map((first) => [first])
  for (const [index, other] of others.entries()) salvos[index % salvos.length]?.push(other)
  return salvos
}

function repeat(name: Target, count: number): Target[] {
  return Array.from({ length: count }, () => name)
}
