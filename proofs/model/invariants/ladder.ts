import type { StoredDelivery, Tables } from '../memory-store/rows.ts'
import { type Change, isStopped, type Scene } from './snapshot.ts'

/** Remembers what the rows themselves do not say: when a rung was planned for, and which rungs fired and failed. */
export interface LadderMemory {
  readonly plannedFor: Map<string, number>
  readonly fired: Set<string>
  readonly failed: Set<string>
}

export function createLadderMemory(): LadderMemory {
  return { plannedFor: new Map(), fired: new Set(), failed: new Set() }
}

/** Promise 8. */
export function checkFiring({ before, after }: Change, memory: LadderMemory, scene: Scene): void {
  const { id, scheduledFor } = after
  if (!before) {
    if (scheduledFor !== null) memory.plannedFor.set(id, scheduledFor)
    return
  }
  if (before.status !== after.status && (after.status === 'FAILED' || after.status === 'SUPPRESSED'))
    memory.failed.add(id)
  const isFirstFiring = before.status === 'SCHEDULED' && before.dispatchId === null && after.dispatchId !== null
  if (!isFirstFiring) return
  const { tables, nowMs, fail, nameOf } = scene
  if (memory.fired.has(id)) fail(8, `${nameOf(id)} fires again`)
  memory.fired.add(id)
  if (isStopped(tables, after)) fail(8, `${nameOf(id)} fires after its ladder was stopped`)
  const earlier = listRungs(tables, after).filter((rung) => rung.step < after.step)
  const left = earlier.find((rung) => rung.status === 'SCHEDULED' && rung.dispatchId === null)
  if (left) fail(8, `${nameOf(id)} fires before ${nameOf(left.id)}`)
  const isEarly = nowMs < (memory.plannedFor.get(id) ?? 0)
  if (isEarly && !earlier.some((rung) => memory.failed.has(rung.id) || rung.status === 'EXPIRED'))
    fail(8, `${nameOf(id)} fires before its time, and no rung before it failed`)
}

/** Promise 15: once the clock has taken a failed rung's mark, the next one does not wait for its own time. */
export function checkPulled(row: StoredDelivery, memory: LadderMemory, { tables, nowMs, fail, nameOf }: Scene): void {
  if (row.stopOn === null || row.dueAt !== null || !memory.failed.has(row.id) || isStopped(tables, row)) return
  const later = listRungs(tables, row).filter((rung) => rung.step > row.step)
  // The clock has yet to look at a rung that failed after this one.
  if (later.some((rung) => ENDED_WITHOUT_SUCCESS.has(rung.status) && rung.dueAt !== null)) return
  const [next] = later.filter((rung) => !ENDED_WITHOUT_SUCCESS.has(rung.status)).sort((a, b) => a.step - b.step)
  if (next?.status !== 'SCHEDULED' || next.dispatchId !== null || next.reason === 'quiet_hours') return
  if (next.expiresAt > nowMs && next.dueAt !== null && next.dueAt > nowMs)
    fail(15, `${nameOf(row.id)} is ${row.status}, and ${nameOf(next.id)} waits for its own time`)
}

const ENDED_WITHOUT_SUCCESS = new Set(['FAILED', 'SUPPRESSED', 'EXPIRED', 'CANCELLED'])

function listRungs({ deliveries }: Tables, { notificationId }: StoredDelivery): StoredDelivery[] {
  return [...deliveries.values()].filter((row) => row.notificationId === notificationId && row.channel !== 'IN_APP')
}
