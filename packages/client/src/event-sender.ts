import type { Accepted, BatchAnswer, eventSchema } from '@carillon/contracts'
import type { z } from 'zod'
import type { Ask } from './http.ts'

/** An event as services write it; what is left out takes its default. */
export type EventInput = z.input<typeof eventSchema>

export interface Sent {
  readonly eventId: string
  /** Null for an audience: nobody knows yet how many people that is. */
  readonly recipientCount: number | null
}

export interface SendOptions {
  /** Repeats with the same key are the same event, also from another process, for 48 hours. */
  readonly idempotencyKey?: string
}

/** The one way in which events leave: by REST, or straight to Kafka. */
export interface EventSender {
  /** Resolves when every event is durable, in their order. */
  sendEvents(events: readonly EventInput[], options?: SendOptions): Promise<readonly SentOrRefused[]>
  close?(): Promise<void>
}

export type SentOrRefused =
  | ({ readonly ok: true } & Sent)
  | {
      readonly ok: false
      readonly code: string
      readonly detail: string
      readonly problems: readonly { readonly path: string; readonly message: string }[]
    }

/** One event is a request of its own, so that what is wrong with it is an error with a status. */
export function createRestSender(ask: Ask): EventSender {
  return {
    async sendEvents(events, { idempotencyKey = createKey() } = {}) {
      const [only] = events
      if (only && events.length === 1) {
        const accepted = await ask<Accepted>({
          method: 'POST',
          path: '/api/notifications',
          body: only,
          idempotencyKey,
          needs: { eventId: 'text' },
        })
        return [{ ok: true, eventId: accepted.eventId, recipientCount: accepted.recipientCount }]
      }
      const { answers } = await ask<BatchAnswer>({
        method: 'POST',
        path: '/api/notifications/batch',
        body: { events },
        idempotencyKey,
        needs: { answers: 'list' },
      })
      return answers.map(describeAnswer)
    },
  }
}

function describeAnswer(answer: BatchAnswer['answers'][number]): SentOrRefused {
  if (answer.status === 202) return { ok: true, eventId: answer.eventId, recipientCount: answer.recipientCount }
  const { code, detail, problems = [] } = answer
  return { ok: false, code, detail, problems }
}

/** Not `randomUUID`: pages without TLS do not have it. */
export function createKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
