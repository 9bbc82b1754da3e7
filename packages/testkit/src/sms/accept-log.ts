import { closeSync, openSync, writeSync } from 'node:fs'
import { createSignal } from '../smtp/signal.ts'

/** One message that a provider took responsibility for: the truth that tests compare with. */
export interface AcceptedSms {
  /** Counted from 1 in the order of acceptance. */
  readonly number: number
  readonly at: string
  readonly providerMessageId: string
  /** In E.164, whatever the provider's spelling. */
  readonly to: string
  readonly from: string
  readonly text: string
  readonly deliveryId?: string
  readonly attempt?: number
  /** Where the provider reports what became of it. */
  readonly callbackUrl?: string
  /** The sender's own word for the message, handed back in every report. */
  readonly reference?: string
  /** As the request had them. */
  readonly fields: Readonly<Record<string, unknown>>
}

export function createSmsAcceptLog(file?: string) {
  const messages: AcceptedSms[] = []
  const byId = new Map<string, AcceptedSms>()
  const signal = createSignal()
  const descriptor = file === undefined ? undefined : openSync(file, 'a')

  return {
    messages,
    record(message: Omit<AcceptedSms, 'number' | 'at' | 'deliveryId' | 'attempt'>): AcceptedSms {
      const named = readDelivery(message.reference ?? message.callbackUrl ?? '')
      const accepted = { number: messages.length + 1, at: new Date().toISOString(), ...message, ...named }
      messages.push(accepted)
      byId.set(accepted.providerMessageId, accepted)
      // Written before the answer leaves, so that a killed fake cannot have accepted more than the file says.
      if (descriptor !== undefined) writeSync(descriptor, `${JSON.stringify(accepted)}\n`)
      signal.notify()
      return accepted
    },
    find: (providerMessageId: string) => byId.get(providerMessageId),
    waitForCount(count: number, timeoutMs: number) {
      const what = `${count} accepted messages`
      return signal.waitFor(what, () => (messages.length >= count ? messages : undefined), timeoutMs)
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor)
    },
  }
}

function readDelivery(reference: string) {
  const [, deliveryId, attempt] = /([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d+)\./.exec(reference) ?? []
  return { ...(deliveryId !== undefined && { deliveryId }), ...(attempt !== undefined && { attempt: Number(attempt) }) }
}
