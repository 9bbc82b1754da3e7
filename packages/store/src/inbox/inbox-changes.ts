import type { Pool } from 'pg'

export interface InboxOwner {
  readonly tenantId: string
  readonly userId: string
}

/** Hears after a commit whose inbox may show something else now. It must not reject: the commit stands. */
export type OnInboxChange = (owners: readonly InboxOwner[]) => Promise<void>

/** It goes with the pool, as keys do: one store that was wired without it would leave lists that lie. */
const listeners = new WeakMap<object, OnInboxChange>()

export function setOnInboxChange(pool: Pool, onInboxChange: OnInboxChange): void {
  listeners.set(pool, onInboxChange)
}

export async function noteInboxChanges(pool: Pool, owners: readonly InboxOwner[]): Promise<void> {
  if (owners.length > 0) await listeners.get(pool)?.(owners)
}

/** Says it of work that failed too: its commit may have gone through. */
export async function changeInboxes<Result>(
  pool: Pool,
  owners: readonly InboxOwner[],
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } finally {
    await noteInboxChanges(pool, owners)
  }
}

export function ownersOf(
  notifications: readonly { readonly tenantId: string; readonly recipientId: string }[],
): InboxOwner[] {
  return notifications.map(({ tenantId, recipientId: userId }) => ({ tenantId, userId }))
}
