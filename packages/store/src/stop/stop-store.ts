import { randomUUID } from 'node:crypto'
import { type Channel, type OutboxRow, READ_TOPIC, type StopAnswer } from '@carillon/contracts'
import type { Stopped, StoppedDelivery, StopRequest, StopStore } from '@carillon/delivery'
import type { PoolClient } from 'pg'
import { changeInboxes, type InboxOwner, noteInboxChanges } from '../inbox/inbox-changes.ts'
import type { ReadEventTime } from '../notification-names.ts'
import { announceOutcomes, type OutcomeTuple, type ReadTuple, toOutboxRow } from '../outbox/outbox.ts'
import type { StorePorts } from '../routing/routing-store.ts'
import { runStatement } from '../run-statement.ts'
import { INSERT_OUTBOX } from '../sql/outbox.ts'
import { STOP_DELIVERIES } from '../sql/stop.ts'
import { inTransaction, repeatConflicts } from '../transaction.ts'
import { type SaidOfNotification, sayOfNotifications } from './stop-notifications.ts'

export interface StopStorePorts extends StorePorts {
  readonly readEventTime: ReadEventTime
}

export function createStopStore({ pool, announce, readEventTime }: StopStorePorts): StopStore {
  async function stopNotifications(requests: readonly StopRequest[]): Promise<readonly (Stopped | undefined)[]> {
    if (requests.length === 0) return []
    const outboxId = randomUUID()
    const { said, deliveries, reads } = await changeInboxes(pool, listNamedOwners(requests), () =>
      repeatConflicts('stop notifications', () =>
        inTransaction(pool, (client) => stopAll(client, requests, readEventTime, outboxId)),
      ),
    )
    await noteInboxChanges(pool, listFoundOwners(requests, said))
    announceOutcomes(announce, outboxId, deliveries)
    if (reads) announce(reads)
    return requests.map((_, place) => {
      const one = said.get(place)
      return one && toStopped(one, deliveries)
    })
  }

  return {
    stopNotifications,
    async stopNotification(request) {
      const [stopped] = await stopNotifications([request])
      return stopped
    },
  }
}

function listNamedOwners(requests: readonly StopRequest[]): InboxOwner[] {
  return requests.flatMap(({ kind, tenantId, userId }) => (isVisible(kind) && userId ? [{ tenantId, userId }] : []))
}

/** Of those that were named by their notification alone; said again, it is said again of them too. */
function listFoundOwners(
  requests: readonly StopRequest[],
  said: ReadonlyMap<number, SaidOfNotification>,
): InboxOwner[] {
  return [...said].flatMap(([place, { recipientId: userId, kind }]) => {
    const request = requests[place]
    return request && !request.userId && isVisible(kind) ? [{ tenantId: request.tenantId, userId }] : []
  })
}

/** A cancelled notification looks in the inbox as before. */
function isVisible(kind: StopRequest['kind']): boolean {
  return kind !== 'cancel'
}

interface DeliveryRow {
  readonly id: string
  readonly notificationId: string
  readonly channel: Channel
  readonly from: string
  readonly kind: StopRequest['kind']
  readonly outcome: OutcomeTuple | null
}

interface StoppedAll {
  readonly said: ReadonlyMap<number, SaidOfNotification>
  readonly deliveries: readonly DeliveryRow[]
  readonly reads: OutboxRow | null
}

async function stopAll(
  client: PoolClient,
  requests: readonly StopRequest[],
  readEventTime: ReadEventTime,
  outboxId: string,
): Promise<StoppedAll> {
  const said = await sayOfNotifications(client, requests, readEventTime)
  const targets = listTargets(said)
  if (targets.length === 0) return { said, deliveries: [], reads: null }
  const deliveries = await runStatement<DeliveryRow>(client, STOP_DELIVERIES, [
    targets.map((one) => one.id),
    targets.map((one) => one.kind),
    outboxId,
  ])
  return { said, deliveries, reads: await keepReads(client, requests, said) }
}

/** In the order in which it was said, each once: said twice, it is answered twice with the same. */
function listTargets(said: ReadonlyMap<number, SaidOfNotification>) {
  const targets = new Map<string, { readonly id: string; readonly kind: StopRequest['kind'] }>()
  for (const [, { ids, kind }] of [...said].sort(([a], [b]) => a - b))
    for (const id of ids) targets.set(`${id} ${kind}`, { id, kind })
  return [...targets.values()]
}

/** Told to other services; a read that came over Kafka is there already. */
async function keepReads(
  client: PoolClient,
  requests: readonly StopRequest[],
  said: ReadonlyMap<number, SaidOfNotification>,
): Promise<OutboxRow | null> {
  const tuples = [...said].flatMap(([place, { notificationId, recipientId, kind, at, isChanged }]): ReadTuple[] => {
    const request = requests[place]
    if (kind !== 'read' || !isChanged || request?.source !== 'api') return []
    return [[request.tenantId, notificationId, recipientId, at.toISOString()]]
  })
  if (tuples.length === 0) return null
  const id = randomUUID()
  await runStatement(client, INSERT_OUTBOX, [id, READ_TOPIC, JSON.stringify(tuples)])
  return toOutboxRow(id, READ_TOPIC, tuples)
}

function toStopped(said: SaidOfNotification, rows: readonly DeliveryRow[]): Stopped {
  const deliveries = rows
    .filter((row) => row.kind === said.kind && said.ids.includes(row.notificationId))
    .flatMap((row): StoppedDelivery[] => {
      const answer = answerOf(row.from)
      return answer ? [{ id: row.id, channel: row.channel, answer }] : []
    })
  return { notificationId: said.notificationId, at: said.at, isChanged: said.isChanged, deliveries }
}

/** What had ended without a message is no matter of the stop's. */
function answerOf(from: string): StopAnswer | undefined {
  switch (from) {
    case 'SCHEDULED':
    case 'PENDING':
      return 'cancelled'
    case 'SENDING':
    case 'UNKNOWN':
      return 'possibly_sent'
    case 'SENT':
    case 'DELIVERED':
      return 'too_late'
    default:
      return undefined
  }
}
