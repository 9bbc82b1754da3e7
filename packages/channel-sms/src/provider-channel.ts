import type {
  Channel,
  LookUpResult,
  LostMessage,
  OutgoingMessage,
  SendResult,
  TakeProviderSlot,
} from '@carillon/delivery'
import type { Draft, Provider, Question } from './provider.ts'
import { createProviderBreakers } from './provider-breakers.ts'
import { createProviderHealth } from './provider-health.ts'
import { tryProviders } from './try-providers.ts'

export interface ProviderChannel extends Channel {
  lookUp(message: LostMessage): Promise<LookUpResult>
  /** Takes no more messages and waits for those on their way. */
  close(): Promise<void>
}

export interface ProviderChannelOptions<D extends Draft> {
  readonly channel: 'SMS' | 'WHATSAPP'
  /** In the order in which they are tried. */
  readonly providers: readonly Provider<D>[]
  /** Checks the number and writes the text, before any provider sees them. */
  readonly prepare: (message: OutgoingMessage) => { readonly draft: D } | { readonly refusal: SendResult }
  readonly toQuestion: (message: LostMessage) => Question
  /** Told of every refusal that another provider made up for: nobody else would hear of it. */
  readonly onFailover?: ((refusal: SendResult) => void) | undefined
  readonly takeSlot?: TakeProviderSlot | undefined
  readonly breakerFailuresMax?: number | undefined
  readonly breakerOpenMs?: number | undefined
}

export function createProviderChannel<D extends Draft>(options: ProviderChannelOptions<D>): ProviderChannel {
  const { channel, providers, prepare, toQuestion, onFailover, takeSlot } = options
  if (providers.length === 0) throw new Error(`create the channel ${channel}: no provider`)
  const breakers = createProviderBreakers(
    providers.map(({ name }) => name),
    // Fewer failures than the pipeline's own breaker takes, so that the next provider is tried before rows wait.
    {
      failuresMax: options.breakerFailuresMax ?? 3,
      openMs: options.breakerOpenMs ?? 10_000,
      nowMs: () => performance.now(),
    },
  )
  const health = createProviderHealth({ nowMs: () => performance.now() })
  const underway = new Set<Promise<unknown>>()
  let isClosed = false

  async function send(message: OutgoingMessage, signal: AbortSignal): Promise<SendResult> {
    const prepared = prepare(message)
    if ('refusal' in prepared) return prepared.refusal
    const stop = isClosed ? AbortSignal.abort() : signal
    return tryProviders(providers, prepared.draft, stop, { channel, breakers, health, onFailover, takeSlot })
  }

  return {
    channel,
    send(message, signal) {
      const sending = send(message, signal)
      underway.add(sending)
      void sending.finally(() => underway.delete(sending)).catch(() => undefined)
      return sending
    },
    async lookUp(message) {
      const asked = providers.filter(({ name }) => message.provider === undefined || message.provider === name)
      const question = toQuestion(message)
      const answers = await Promise.all(asked.map((provider) => ask(provider, question)))
      return combineAnswers(answers, message.provider ?? channel)
    },
    async close() {
      isClosed = true
      await Promise.allSettled(underway)
    },
  }
}

async function ask<D extends Draft>(provider: Provider<D>, question: Question): Promise<LookUpResult> {
  return provider.lookUp ? provider.lookUp(question) : { found: 'cannot_tell', provider: provider.name }
}

/**
 * One yes is enough; a no needs everybody who may hold the message to say so. While one of them may still say yes, it is
 * asked again.
 */
function combineAnswers(answers: readonly LookUpResult[], provider: string): LookUpResult {
  const unsure: LookUpResult = { found: 'cannot_tell', provider }
  return (
    answers.find(({ found }) => found === 'yes') ??
    answers.find((answer) => answer.found === 'cannot_tell' && answer.askAgain) ??
    answers.find(({ found }) => found === 'cannot_tell') ??
    answers[0] ??
    unsure
  )
}
