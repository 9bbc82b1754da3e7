import type { OutcomeCallStore } from './outcome-call-store.ts'
import { type CallAnswer, type CallStep, type DueCall, decideCall, signCall } from './outcome-calls.ts'

const CALLS_MAX = 20
/** Longer than a call may take. */
const LEASE_SECONDS = 60

export interface SendCallsPorts {
  readonly store: Pick<OutcomeCallStore, 'takeDueCalls' | 'endCall' | 'putOffCall'>
  readonly post: (call: {
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }) => Promise<CallAnswer>
  readonly observe: (call: DueCall, step: CallStep) => void
  readonly now: () => Date
}

/** One turn: what is due goes out, each on its own, and its row says what became of it. */
export async function sendDueCalls(ports: SendCallsPorts): Promise<{ readonly isMoreDue: boolean }> {
  const due = await ports.store.takeDueCalls(CALLS_MAX, LEASE_SECONDS)
  await Promise.all(due.map((call) => sendCall(call, ports)))
  return { isMoreDue: due.length === CALLS_MAX }
}

async function sendCall(call: DueCall, { store, post, observe, now }: SendCallsPorts): Promise<void> {
  const body = JSON.stringify({ id: call.id, outcomes: call.records })
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Carillon',
    'carillon-call-id': call.id,
    'carillon-signature': signCall(call.secret, body, Math.floor(now().getTime() / 1_000)),
  }
  const step = decideCall(await post({ url: call.url, headers, body }), call.attempts)
  if (step.step === 'done') await store.endCall(call.id)
  else await store.putOffCall(call.id, step.error, step.step === 'retry' ? step.inSeconds : null)
  observe(call, step)
}
