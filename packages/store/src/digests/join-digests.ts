import { deriveNotificationId } from '@carillon/contracts'
import type { DigestWindow } from '@carillon/planning'
import type { PoolClient } from 'pg'
import type { DeliveryToSave } from '../routing/deliveries-to-save.ts'
import { runStatement, toColumns } from '../run-statement.ts'
import { INSERT_DIGEST_MEMBERS, LOCK_DIGESTS } from '../sql/digest.ts'

interface Joining {
  readonly delivery: DeliveryToSave
  readonly window: DigestWindow
  readonly digestId: string
}

/** The open digest of each delivery that ends in one, under its lock, by the delivery's id. */
export async function joinDigests(
  client: PoolClient,
  deliveries: readonly DeliveryToSave[],
): Promise<ReadonlyMap<string, string>> {
  const joined = new Map<string, string>()
  let left = deliveries.flatMap((one) => (one.planned.digest ? [toJoining(one, one.planned.digest)] : []))
  while (left.length > 0) {
    const open = await lockDigests(client, left)
    for (const { delivery, digestId } of left) if (open.has(digestId)) joined.set(delivery.id, digestId)
    // Closed between the planning and now: it is as if the message had come a moment later.
    left = left.filter(({ digestId }) => !open.has(digestId)).map(({ delivery, window }) => moveOn(delivery, window))
  }
  return joined
}

async function lockDigests(client: PoolClient, joining: readonly Joining[]): Promise<ReadonlySet<string>> {
  const unique = [...new Map(joining.map((one) => [one.digestId, one])).values()]
  const values = toColumns(unique, [
    ({ delivery }) => delivery.notification.tenantId,
    ({ delivery }) => delivery.notification.recipientId,
    ({ delivery }) => delivery.notification.plan.notification.category,
    ({ delivery }) => delivery.planned.channel,
    ({ window }) => window.endsAt.toISOString(),
    ({ digestId }) => digestId,
    ({ window }) => window.max,
  ])
  return new Set((await runStatement<{ id: string }>(client, LOCK_DIGESTS, values)).map(({ id }) => id))
}

function moveOn(delivery: DeliveryToSave, { endsAt, windowMs, max }: DigestWindow): Joining {
  return toJoining(delivery, { endsAt: new Date(endsAt.getTime() + windowMs), windowMs, max })
}

function toJoining(delivery: DeliveryToSave, window: DigestWindow): Joining {
  const { tenantId, recipientId, plan } = delivery.notification
  const root = JSON.stringify(['digest', plan.notification.category, delivery.planned.channel, window.endsAt])
  return { delivery, window, digestId: deriveNotificationId(tenantId, root, recipientId, window.endsAt) }
}

/** Of those whose notification was there before, nothing is added: they went into a digest when they were new. */
export async function addMembers(
  client: PoolClient,
  born: readonly DeliveryToSave[],
  digests: ReadonlyMap<string, string>,
): Promise<void> {
  const members = born.filter(({ id }) => digests.has(id))
  if (members.length === 0) return
  const values = toColumns(members, [
    ({ id }) => digests.get(id),
    ({ id }) => id,
    ({ notification }) => notification.id,
  ])
  await runStatement(client, INSERT_DIGEST_MEMBERS, values)
}
