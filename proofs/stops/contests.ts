import type { CancelAnswer, ReadAnswer } from '@carillon/contracts'
import type { ApiClient } from '@carillon/testkit'
import { waitUntil } from '../fleet/wait-until.ts'
import type { Contest } from './race.ts'

const content = { type: 'APPOINTMENT', title: 'Appointment', message: 'Tomorrow at nine.' }
const PLANNED_MS_MAX = 20_000

/** A cancel against the only message of a broadcast. */
export const cancels: Contest = {
  kind: 'cancel',
  event: (channel) => ({ ...content, channels: [channel], deliveryStrategy: 'BROADCAST' }),
  findStart: async (_api, _name, acceptedAtMs) => acceptedAtMs,
  async stop(api, name) {
    const { status, body } = await ask<CancelAnswer>(api, name, 'cancel')
    return status === 404 ? undefined : body.deliveries.map(({ answer }) => answer)
  },
}

/** A read against the second mail of a ladder; the first has long been sent. */
export const reads: Contest = {
  kind: 'read',
  event: (channel) => ({
    ...content,
    deliveryStrategy: 'ESCALATION',
    ladder: [
      { channel, afterSeconds: 0 },
      { channel, afterSeconds: 1 },
    ],
  }),
  findStart: (api, name) =>
    waitUntil(`${name} planned`, PLANNED_MS_MAX, async () => {
      const { status, body } = await api.readDeliveryStatus(name, name)
      const times =
        status === 200 ? body.deliveries.map(({ scheduledFor }) => new Date(scheduledFor ?? 0).getTime()) : []
      return { isSo: times.length === 2, seen: Math.max(...times) }
    }),
  async stop(api, name) {
    const { status, body } = await ask<ReadAnswer>(api, name, 'read')
    if (status === 404) return undefined
    const { cancelled, possiblySent, tooLate } = body.stopped
    return [
      ...Array.from({ length: cancelled }, () => 'cancelled' as const),
      ...Array.from({ length: possiblySent }, () => 'possibly_sent' as const),
      ...Array.from({ length: tooLate }, () => 'too_late' as const),
    ]
  },
}

async function ask<Body>(api: ApiClient, name: string, what: 'cancel' | 'read') {
  const answer = await api.call<Body>('POST', `/api/notifications/${name}/${what}`, { body: { userId: name } })
  if (answer.status !== 200 && answer.status !== 404) throw new Error(`${what} ${name}: ${answer.status}`)
  return answer
}
