import { closeSync, openSync, writeSync } from 'node:fs'
import { createSignal } from '../smtp/signal.ts'

/** One message that a push service took responsibility for, for one device: the truth that tests compare with. */
export interface AcceptedPush {
  /** Counted from 1 in the order of acceptance. */
  readonly number: number
  readonly at: string
  readonly providerMessageId: string
  /** The registration token, or the subscription's endpoint. */
  readonly token: string
  readonly deliveryId?: string
  /** What an app would get: FCM's message, or the payload as the browser decrypts it. */
  readonly message: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
}

export function createPushAcceptLog(file?: string) {
  const accepted: AcceptedPush[] = []
  const signal = createSignal()
  const descriptor = file === undefined ? undefined : openSync(file, 'a')
  return {
    accepted,
    record(push: Omit<AcceptedPush, 'number' | 'at'>): AcceptedPush {
      const entry = { number: accepted.length + 1, at: new Date().toISOString(), ...push }
      accepted.push(entry)
      // Written before the answer leaves, so that a killed fake cannot have accepted more than the file says.
      if (descriptor !== undefined) writeSync(descriptor, `${JSON.stringify(entry)}\n`)
      signal.notify()
      return entry
    },
    waitForCount(count: number, timeoutMs: number) {
      const what = `${count} accepted push messages`
      return signal.waitFor(what, () => (accepted.length >= count ? accepted : undefined), timeoutMs)
    },
    close() {
      if (descriptor !== undefined) closeSync(descriptor)
    },
  }
}
