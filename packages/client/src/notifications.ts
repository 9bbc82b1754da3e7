import { CarillonError } from './carillon-error.ts'
import { createKey, type EventInput, type EventSender, type SendOptions, type Sent } from './event-sender.ts'

/** What an event says, without to whom. */
export type Content = Omit<EventInput, 'recipientIds' | 'recipients' | 'audience'>

export interface BatchSent {
  readonly eventIds: readonly string[]
  readonly recipientCount: number
  /** Empty when every chunk was accepted. */
  readonly refused: readonly { readonly recipientIds: readonly string[]; readonly error: CarillonError }[]
}

export interface Notifications {
  /** Any event, in full. */
  publishNotification(event: EventInput, options?: SendOptions): Promise<Sent>
  /** The same text for many people, in as many events as it takes. */
  publishBatchNotification(userIds: readonly string[], content: Content, options?: SendOptions): Promise<BatchSent>
  /** On every channel of the person at once. */
  broadcastNotification(event: EventInput, options?: SendOptions): Promise<Sent>
  sendToUsers(userIds: readonly string[], content: Content, options?: SendOptions): Promise<Sent>
  /** Everybody who has one of the roles when the event is planned. */
  sendToRoles(roles: readonly string[], content: Content, options?: SendOptions): Promise<Sent>
  sendToUsersAndRoles(
    userIds: readonly string[],
    roles: readonly string[],
    content: Content,
    options?: SendOptions,
  ): Promise<Sent>
}

// Small enough that a batch of them stays far below what the API takes in one request.
const CHUNK_USERS = 500
const CHUNKS_TOGETHER = 50

/** Each is a thin line over one event. */
export function createNotifications({ sendEvents }: EventSender): Notifications {
  async function publishNotification(event: EventInput, options?: SendOptions): Promise<Sent> {
    const [answer] = await sendEvents([event], options)
    if (answer?.ok) return { eventId: answer.eventId, recipientCount: answer.recipientCount }
    throw describe(answer)
  }

  return {
    publishNotification,
    broadcastNotification: (event, options) =>
      publishNotification({ ...event, deliveryStrategy: 'BROADCAST' }, options),
    sendToUsers: (userIds, content, options) =>
      publishNotification({ ...content, recipientIds: [...userIds] }, options),
    sendToRoles: (roles, content, options) =>
      publishNotification({ ...content, audience: { roles: [...roles] } }, options),
    sendToUsersAndRoles: (userIds, roles, content, options) =>
      publishNotification({ ...content, recipientIds: [...userIds], audience: { roles: [...roles] } }, options),

    async publishBatchNotification(userIds, content, { idempotencyKey = createKey() } = {}) {
      const chunks = cut([...new Set(userIds)], CHUNK_USERS)
      const eventIds: string[] = []
      const refused: { recipientIds: readonly string[]; error: CarillonError }[] = []
      for (const [turn, together] of cut(chunks, CHUNKS_TOGETHER).entries()) {
        const events = together.map((recipientIds) => ({ ...content, recipientIds }))
        const answers = await sendEvents(events, { idempotencyKey: `${idempotencyKey}-${turn}` })
        for (const [place, answer] of answers.entries())
          if (answer.ok) eventIds.push(answer.eventId)
          else refused.push({ recipientIds: together[place] ?? [], error: describe(answer) })
      }
      const missed = refused.reduce((sum, { recipientIds }) => sum + recipientIds.length, 0)
      return { eventIds, recipientCount: chunks.flat().length - missed, refused }
    },
  }
}

type Answer = Awaited<ReturnType<EventSender['sendEvents']>>[number]

function describe(answer: Answer | undefined): CarillonError {
  if (answer === undefined || answer.ok) return new CarillonError('the event was not answered', { code: 'no_answer' })
  return new CarillonError(answer.detail, { code: answer.code, problems: answer.problems })
}

function cut<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}
