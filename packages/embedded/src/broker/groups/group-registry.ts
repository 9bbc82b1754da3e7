import type { GroupRegistry } from '../broker-parts.ts'
import type { Clock } from '../clock.ts'
import { createGroup, type Group } from './group.ts'

export interface GroupRegistryDeps {
  readonly clock: Clock
  readonly reportGeneration: (groupId: string, generation: number, members: number) => void
  readonly reportEviction: (groupId: string, memberId: string, reason: string) => void
}

// Unused groups are swept when there are this many more than at the last sweep: a client that invents group names
// must not fill the memory.
const sweepEvery = 100

export function createGroupRegistry(deps: GroupRegistryDeps): GroupRegistry {
  const groups = new Map<string, Group>()
  let sweepAt = sweepEvery

  function sweepUnused(): void {
    for (const [id, group] of groups) if (group.isUnused()) groups.delete(id)
    sweepAt = groups.size + sweepEvery
  }

  function findOrCreate(groupId: string): Group {
    const known = groups.get(groupId)
    if (known) return known
    if (groups.size >= sweepAt) sweepUnused()
    const group = createGroup({
      clock: deps.clock,
      reportGeneration: (generation, members) => deps.reportGeneration(groupId, generation, members),
      reportEviction: (memberId, reason) => deps.reportEviction(groupId, memberId, reason),
    })
    groups.set(groupId, group)
    return group
  }

  return {
    find: (groupId) => groups.get(groupId),
    findOrCreate,
    listIds: () => [...groups].filter(([, group]) => !group.isUnused()).map(([id]) => id),
    tidy(groupId) {
      if (groups.get(groupId)?.isUnused()) groups.delete(groupId)
    },
    stop() {
      for (const group of groups.values()) group.stop()
    },
  }
}
