import type { Channel, OutgoingMessage, SendResult } from '@carillon/delivery'
import type { FleetProcess } from './fleet-process.ts'

/** What a provider may do with a message that is handed over. The first word is what it did, the second what it said. */
export const ANSWERS = [
  'accepted',
  'accepted, answer lost',
  'refused, answer lost',
  'rejected',
  'rejected, address dead',
  'unavailable',
  'unavailable for long',
  'in trouble',
  'refuses us',
] as const
export type ProviderAnswer = (typeof ANSWERS)[number]

export interface HandOver {
  readonly process: FleetProcess
  readonly message: OutgoingMessage
  /** Whether the first byte has left, and what became of it: the truth, whatever the worker heard. */
  state: 'waiting' | 'begun' | 'accepted' | 'refused' | 'never'
}

export interface Provider {
  channelOf(name: string, process: FleetProcess): Channel
  listOpen(): readonly HandOver[]
  listOf(deliveryId: string): readonly HandOver[]
  /** The first byte leaves, or it is too late for it. */
  begin(handOver: HandOver): void
  answer(handOver: HandOver, answer: ProviderAnswer): void
  /** The process is gone; what had begun, the provider may have taken. */
  abandon(process: FleetProcess, isTaken: boolean): void
}

export function createProvider(nowMs: () => number, onBegin: (handOver: HandOver) => void): Provider {
  const all: HandOver[] = []
  const resolves = new Map<HandOver, (result: SendResult) => void>()
  const signals = new Map<HandOver, AbortSignal>()

  function begin(handOver: HandOver): void {
    if (handOver.state !== 'waiting') return
    const { message } = handOver
    if (nowMs() > message.handOverBeforeMs || signals.get(handOver)?.aborted) {
      handOver.state = 'never'
      const reason = 'lease_used_up'
      resolves.get(handOver)?.({ outcome: 'unavailable', provider: 'fake', reason, error: reason, notHandedOver: true })
    } else {
      handOver.state = 'begun'
      onBegin(handOver)
    }
  }

  return {
    channelOf: (channel, process) => ({
      channel,
      send: (message, signal) =>
        new Promise((resolve) => {
          const handOver: HandOver = { process, message, state: 'waiting' }
          all.push(handOver)
          resolves.set(handOver, resolve)
          signals.set(handOver, signal)
        }),
    }),
    listOpen: () => all.filter(({ state, process }) => state === 'begun' || (state === 'waiting' && process.isAlive())),
    listOf: (deliveryId) => all.filter((one) => one.message.deliveryId === deliveryId),
    begin,
    answer(handOver, answer) {
      begin(handOver)
      if (handOver.state !== 'begun') return
      handOver.state = answer.startsWith('accepted') ? 'accepted' : 'refused'
      resolves.get(handOver)?.(toResult(answer, handOver.message))
    },
    abandon(process, isTaken) {
      for (const one of all) {
        if (one.process !== process) continue
        if (one.state === 'waiting') one.state = 'never'
        if (one.state === 'begun') one.state = isTaken ? 'accepted' : 'refused'
      }
    },
  }
}

function toResult(answer: ProviderAnswer, { deliveryId, attempt }: OutgoingMessage): SendResult {
  const unavailable = { outcome: 'unavailable', provider: 'fake', error: answer } as const
  const rejected = { outcome: 'rejected', provider: 'fake', reason: 'no_such_address', error: answer } as const
  switch (answer) {
    case 'accepted':
      return { outcome: 'accepted', provider: 'fake', providerMessageId: `${deliveryId}/${attempt}` }
    case 'accepted, answer lost':
    case 'refused, answer lost':
      return { outcome: 'unknown', provider: 'fake', reason: 'connection_lost', error: answer }
    case 'rejected':
      return rejected
    case 'rejected, address dead':
      return { ...rejected, suppressAddress: true }
    case 'unavailable':
      return { ...unavailable, reason: 'busy' }
    case 'unavailable for long':
      return { ...unavailable, reason: 'busy', retryAfterMs: 600_000 }
    case 'in trouble':
      return { ...unavailable, reason: 'down', opensBreaker: true }
    case 'refuses us':
      return { ...unavailable, reason: 'credentials', stopsChannel: true }
  }
}
