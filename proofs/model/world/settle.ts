import { EVENTS_DLQ } from '@carillon/contracts'
import { isEnded } from '../invariants/snapshot.ts'
import { rowKey, type Tables } from '../memory-store/rows.ts'
import { TENANT } from '../stores.ts'
import type { World } from './world.ts'

// Longer than every pause the fleet may make of itself, shorter than any expiry that could hide a forgotten row.
const SETTLE_MS_MAX = 3 * 3_600_000
const ROUNDS_MAX = 400
const DEATHS_MAX = 5

/**
 * From here on nothing is disturbed, and the provider takes everything: promises 16 to 19. Time goes from one moment at
 * which something is due to the next.
 */
export async function settle(world: World): Promise<void> {
  const { watch } = world
  watch.tell(() => 'from here on nothing is disturbed, and the provider takes everything')
  world.frozen.clear()
  const deaths = world.deaths.length
  const untilMs = world.nowMs() + SETTLE_MS_MAX
  for (let round = 0; ; round++) {
    await runAll(world)
    const tables = await world.database.readTables()
    if (isAtRest(tables)) break
    if (round === ROUNDS_MAX || world.nowMs() > untilMs) watch.fail(16, describeLeft(tables, watch.nameOf))
    await world.pass(Math.max(1, findNextMs(tables, world.nowMs()) - world.nowMs()))
  }
  if (world.deaths.length > deaths) watch.fail(19, world.deaths.at(-1) ?? '')
  checkEvents(world, await world.database.readTables())
  checkOutcomes(world, await world.database.readTables())
}

async function runAll(world: World): Promise<void> {
  const deaths = world.deaths.length
  for (let isMoving = true; isMoving; ) {
    isMoving = false
    if (world.deaths.length > deaths + DEATHS_MAX) world.watch.fail(19, world.deaths.at(-1) ?? '')
    for (const process of world.listProcesses()) {
      if (process.listWork().length === 0) continue
      isMoving = true
      await world.run(process)
    }
    while (world.provider.listOpen().length > 0) {
      isMoving = true
      await world.answer(0, 'accepted')
    }
  }
}

function isAtRest({ deliveries, dispatches, outbox }: Tables): boolean {
  return dispatches.size === 0 && outbox.size === 0 && [...deliveries.values()].every((row) => isAtEnd(row))
}

function isAtEnd({ status, dueAt }: { readonly status: string; readonly dueAt: number | null }): boolean {
  return isEnded(status) && dueAt === null
}

/** The clock rests at most a second, so it is awake a second after anything is due. */
function findNextMs({ deliveries, dispatches, outbox }: Tables, nowMs: number): number {
  const dues = [
    ...[...deliveries.values()].flatMap((row) => [row.dueAt ?? [], row.leaseUntil ?? []].flat()),
    ...[...dispatches.values()].map((dispatch) => dispatch.dueAt),
    ...[...outbox.values()].map((row) => (row.takenAt ?? row.createdAt) + 5_000),
  ]
  return Math.max(nowMs, Math.min(...dues)) + 1_000
}

function describeLeft({ deliveries, dispatches, outbox }: Tables, nameOf: (id: string) => string): string {
  const rows = [...deliveries.values()].filter((row) => !isAtEnd(row))
  const left = rows.map((row) => `${nameOf(row.id)} is ${row.status}`)
  if (dispatches.size > 0) left.push(`${dispatches.size} dispatches`)
  if (outbox.size > 0) left.push(`${outbox.size} outbox rows`)
  return `left behind: ${left.join(', ')}`
}

/** Promise 17. */
function checkEvents({ log, events, watch, notificationIdOf }: World, tables: Tables): void {
  const letters = log.readAll(EVENTS_DLQ)
  for (const event of events) {
    const letter = letters.find(({ value }) => value === event.value)
    const stored = tables.events.get(rowKey(TENANT, event.id))
    const mayConflict = event.kind === 'named' || events.some((other) => other.id === event.id && other !== event)
    if (letter?.key === 'id_conflict' && !mayConflict) watch.fail(17, `event ${event.id} was put aside as a conflict`)
    if (letter) continue
    if (stored?.state !== 'PLANNED') watch.fail(17, `event ${event.id} is ${stored?.state ?? 'lost'}`)
    for (const person of event.people)
      if (!tables.notifications.get(notificationIdOf(event, person))?.plannedAt)
        watch.fail(17, `event ${event.id} was planned, but not for ${person}`)
  }
}

/** Promise 18. */
function checkOutcomes({ listOutcomes, watch }: World, tables: Tables): void {
  const told = new Set(listOutcomes().map(({ id }) => id))
  for (const { id, status } of tables.deliveries.values())
    if (!told.has(`${id}.${status}`)) watch.fail(18, `${watch.nameOf(id)} is ${status}, and nobody was told`)
  for (const id of told) if (!watch.wasEntered(id)) watch.fail(18, `${id} was told, and never was so`)
}
