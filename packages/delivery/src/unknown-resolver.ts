import type { Channel } from './channel.ts'
import { decideNextStep, type RetryPolicy } from './decide-next-step.ts'
import type { DeliveryResult } from './delivery-store.ts'
import type { LookUpResult, LookUpStore, LostMessage, UnknownDelivery } from './look-up.ts'
import type { Recorder } from './recorder.ts'
import { createSlots } from './slots.ts'

/**
 * Asks the provider about messages whose answer was lost. The clock keeps the time: it wakes the channel's process for
 * a row that is due, again while the provider cannot be reached, and decides alone where nobody can tell. What is found
 * here is recorded like the answer of a late worker, by the fence.
 */
export interface UnknownResolver {
  /** Resolves when the rows say what was found; ids of other rows are passed over. */
  resolve(ids: readonly string[]): Promise<void>
}

export interface ResolverPorts {
  readonly channel: Channel
  readonly store: LookUpStore
  readonly recorder: Recorder
  readonly hashAddress: (tenantId: string, address: string) => string
  readonly persist: <T>(statement: () => Promise<T>) => Promise<T>
  readonly observe: (question: ObservedQuestion) => void
  readonly retry: RetryPolicy
  readonly random: () => number
}

/** One line of the log. */
export interface ObservedQuestion {
  readonly deliveryId: string
  readonly notificationId: string
  readonly tenantId: string
  readonly attempt: number
  readonly provider: string
  readonly found: LookUpResult['found'] | 'ask_again'
}

const QUESTIONS_AT_A_TIME = 5

export function createUnknownResolver(ports: ResolverPorts): UnknownResolver {
  const { store, persist, recorder, channel } = ports
  const slots = createSlots(QUESTIONS_AT_A_TIME, 0)

  async function resolveOne(row: UnknownDelivery): Promise<void> {
    await new Promise<void>((begin) => slots.enter(false, begin))
    const answer = await ask(channel, row, ports.hashAddress).finally(() => slots.leave(false))
    const found = await withdrawTaken(answer, row)
    const { id: deliveryId, notificationId, tenantId, fence: attempt } = row
    const isOpen = found.found === 'cannot_tell' && found.askAgain === true
    ports.observe({
      deliveryId,
      notificationId,
      tenantId,
      attempt,
      provider: found.provider,
      found: isOpen ? 'ask_again' : found.found,
    })
    if (isOpen) return
    if (found.found === 'cannot_tell') await persist(() => store.giveUpAsking([{ id: deliveryId, fence: attempt }]))
    else await recorder.record(toResult(found, row, ports))
  }

  /** Two messages with the same text to the same number: the one that was found may be another delivery's. */
  async function withdrawTaken(answer: LookUpResult, row: UnknownDelivery): Promise<LookUpResult> {
    if (answer.found !== 'yes') return answer
    const { provider, providerMessageId } = answer
    const message = { deliveryId: row.id, attempt: row.fence, providerMessageId }
    const taken = await persist(() => store.findTaken([message]))
    return taken.has(providerMessageId) ? { found: 'no', provider } : answer
  }

  return {
    async resolve(ids) {
      const rows = await persist(() => store.loadUnknown(ids))
      await Promise.all(rows.map(resolveOne))
    },
  }
}

async function ask(
  channel: Channel,
  row: UnknownDelivery,
  hashAddress: ResolverPorts['hashAddress'],
): Promise<LookUpResult> {
  const provider = row.provider ?? channel.channel
  // Asked about another number than it was sent to, the provider would surely not have it.
  const isSameAddress = row.address !== null && hashAddress(row.tenantId, row.address) === row.addressHash
  if (!channel.lookUp || row.address === null || !isSameAddress) return { found: 'cannot_tell', provider }
  const message: LostMessage = {
    deliveryId: row.id,
    attempt: row.fence,
    address: row.address,
    startedAt: row.startedAt,
    content: row.content,
    category: row.category,
    // A worker that was killed has named no provider, only its channel.
    ...(row.provider !== null && row.provider !== channel.channel && { provider: row.provider }),
  }
  try {
    return await channel.lookUp(message)
  } catch {
    return { found: 'cannot_tell', provider, askAgain: true }
  }
}

function toResult(
  found: Exclude<LookUpResult, { found: 'cannot_tell' }>,
  row: UnknownDelivery,
  { retry, random }: ResolverPorts,
): DeliveryResult {
  const { id, tenantId, channel, fence, attemptCount, maxAttempts } = row
  const { provider } = found
  const known = { id, tenantId, channel, fence, attemptCount, provider, suppressAddressHash: null, deadTokens: [] }
  if (found.found === 'yes') {
    const { providerMessageId } = found
    return {
      ...known,
      status: 'SENT',
      dueInMs: null,
      outcome: 'accepted',
      reason: null,
      error: null,
      providerMessageId,
    }
  }
  const error = 'the provider was asked, and surely has it not'
  const refusal = { outcome: 'unavailable', provider, reason: 'not_accepted', error } as const
  const step = decideNextStep(refusal, { attemptCount, maxAttempts }, retry, random)
  return {
    ...known,
    status: step.status,
    dueInMs: 'dueInMs' in step ? step.dueInMs : null,
    outcome: 'unavailable',
    reason: refusal.reason,
    error,
    providerMessageId: null,
  }
}
