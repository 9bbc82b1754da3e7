import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Channel, OutgoingMessage, SendResult } from './channel.ts'

/**
 * What the pipeline relies on, whoever the provider is. Every channel runs this suite by every provider that it has, against
 * the fake that speaks that provider's protocol; what a provider says by its own codes is tested beside it.
 */
export interface ChannelSubject {
  readonly channel: Channel & { close(): Promise<void> }
  /** To somebody who can be reached. */
  createMessage(overrides?: Partial<OutgoingMessage>): OutgoingMessage
  /** What the provider took responsibility for. */
  countAccepted(): Promise<number>
  /** What is wrong with the provider from now on. */
  misbehave(trouble: Trouble): Promise<void>
  close(): Promise<void>
}

/** `silent` and `answer_lost`: it took the message, and we never hear of it. */
export type Trouble = 'away' | 'busy' | 'silent' | 'answer_lost'

export interface ChannelKind {
  readonly open: () => Promise<ChannelSubject>
  /** As they stand on rows, with a sentence for whoever reads them. */
  readonly reasons: Readonly<Record<string, string>>
  /** Whom nothing can be sent to. */
  readonly unreachable: readonly Partial<OutgoingMessage>[]
  /** One that asks nobody has none. */
  readonly troubles: readonly Trouble[]
}

interface Fake {
  accepted(): Promise<readonly unknown[]>
  clearBehaviours(): Promise<void>
  close(): Promise<void>
}

/** A channel in front of fakes, all of which misbehave alike. */
export function standBefore<OneFake extends Fake>(
  fakes: readonly OneFake[],
  channel: ChannelSubject['channel'],
  createMessage: ChannelSubject['createMessage'],
  misbehave: (fake: OneFake, trouble: Trouble) => Promise<void>,
): ChannelSubject {
  return {
    channel,
    createMessage,
    async countAccepted() {
      const logs = await Promise.all(fakes.map((fake) => fake.accepted()))
      return logs.reduce((sum, { length }) => sum + length, 0)
    },
    async misbehave(trouble) {
      for (const fake of fakes) await misbehave(fake, trouble)
    },
    async close() {
      // A held answer would keep the channel open.
      for (const fake of fakes) await fake.clearBehaviours()
      await channel.close()
      for (const fake of fakes) await fake.close()
    },
  }
}

const IN_PARALLEL = 20
/** Long enough that even the second of two providers, which gets half of it, has the message by then. */
const SILENCE_MS = 1_500
const LATE_MS_MAX = 500

const strangeTexts: Readonly<Record<string, string>> = {
  empty: '',
  'of spaces': ' \n\t ',
  'with half a character': 'half \ud800 a pair',
  'with a NUL': 'zero\u0000byte',
  'with a header in it': 'Hello\r\nBcc: eve@mail.test\r\n\r\nbody',
  'of a hundred thousand characters': 'word '.repeat(20_000),
  'with markup': '<script>alert(1)</script>{{title}}',
  'from right to left': '\u202eevil\u202c مرحبا 🎉',
}

const promises = {
  away: {
    says: 'uses no try where no connection can be made',
    ...{ outcome: 'unavailable', accepted: 0, notHandedOver: true },
  },
  busy: {
    says: 'says that a later try may succeed where the provider is busy',
    ...{ outcome: 'unavailable', accepted: 0, notHandedOver: false },
  },
  silent: {
    says: 'waits for an answer within its limit, and then does not know',
    ...{ outcome: 'unknown', accepted: 1, notHandedOver: false },
  },
  answer_lost: {
    says: 'does not know what became of a message whose answer was lost, nor repeats it',
    ...{ outcome: 'unknown', accepted: 1, notHandedOver: false },
  },
} as const

export function describeChannel(name: string, { open, reasons, unreachable, troubles }: ChannelKind): void {
  let subject: ChannelSubject
  beforeEach(async () => {
    subject = await open()
  })
  afterEach(() => subject.close())

  const never = new AbortController().signal
  const send = (overrides: Partial<OutgoingMessage> = {}, signal = never) =>
    subject.channel.send(subject.createMessage({ deliveryId: randomUUID(), ...overrides }), signal)
  const expectKnown = (result: SendResult) => {
    if (result.outcome !== 'accepted') expect(Object.keys(reasons)).toContain(result.reason)
  }

  describe(`a channel, ${name}`, () => {
    it('says who took a message, which then is handed over once', async () => {
      const result = await send()
      expect(result).toMatchObject({ outcome: 'accepted', provider: expect.stringMatching(/^[a-z][a-z0-9-]+$/) })
      expect(await subject.countAccepted()).toBe(1)
    })

    it('hands many over side by side, each once', async () => {
      const results = await Promise.all(Array.from({ length: IN_PARALLEL }, () => send()))
      expect(results.filter(({ outcome }) => outcome !== 'accepted')).toEqual([])
      expect(await subject.countAccepted()).toBe(IN_PARALLEL)
    })

    it.each([
      ['that was stopped before', {}, AbortSignal.abort()],
      ['whose lease is used up', { handOverBeforeMs: performance.now() - 1 }, never],
    ])('hands nothing over of a message %s, and uses no try', async (_what, overrides, signal) => {
      const result = await send(overrides, signal)
      expect(result).toMatchObject({ outcome: 'unavailable', notHandedOver: true })
      expectKnown(result)
      expect(await subject.countAccepted()).toBe(0)
    })

    it('is not torn by a stop once the hand-over has begun', async () => {
      const stop = new AbortController()
      const sending = send({}, stop.signal)
      setTimeout(() => stop.abort(), 1)
      const result = await sending
      const isAccepted = result.outcome === 'accepted'
      if (!isAccepted) expect(result).toMatchObject({ outcome: 'unavailable', notHandedOver: true })
      expect(await subject.countAccepted()).toBe(isAccepted ? 1 : 0)
    })

    it.each(Object.entries(strangeTexts))('takes or refuses a text %s, and never throws', async (_what, text) => {
      const result = await send({ content: { title: text, message: text } })
      expect(['accepted', 'rejected']).toContain(result.outcome)
      expectKnown(result)
      expect(await subject.countAccepted()).toBe(result.outcome === 'accepted' ? 1 : 0)
    })

    it.each(unreachable)('refuses whom it cannot reach, and asks nobody: %j', async (overrides) => {
      const result = await send(overrides)
      expect(result).toMatchObject({ outcome: 'rejected' })
      expect(result).not.toHaveProperty('suppressAddress')
      expectKnown(result)
      expect(await subject.countAccepted()).toBe(0)
    })

    it.each(troubles.map((trouble) => [promises[trouble].says, trouble] as const))('%s', async (_says, trouble) => {
      const { outcome, accepted, notHandedOver } = promises[trouble]
      await subject.misbehave(trouble)
      const startedAtMs = performance.now()
      const result = await send({ timeoutMs: SILENCE_MS })
      expect(performance.now() - startedAtMs).toBeLessThan(SILENCE_MS + LATE_MS_MAX)
      expect(result).toMatchObject({ outcome, ...(notHandedOver && { notHandedOver }) })
      expectKnown(result)
      expect(await subject.countAccepted()).toBe(accepted)
    })

    it('closes when what is on its way has its answer, and takes nothing more', async () => {
      const sending = send()
      // So that its hand-over has begun, or it is given back.
      await new Promise((resolve) => setTimeout(resolve, 1))
      await subject.channel.close()
      const result = await sending
      const after = await send()
      expect(after).toMatchObject({ outcome: 'unavailable', notHandedOver: true })
      expectKnown(after)
      expect(await subject.countAccepted()).toBe(result.outcome === 'accepted' ? 1 : 0)
    })

    it('never claims to find a message that was never sent', async () => {
      const { deliveryId, address, content, category } = subject.createMessage({ deliveryId: randomUUID() })
      const startedAt = new Date(Date.now() - 60_000)
      const found = await subject.channel.lookUp?.({ deliveryId, attempt: 1, address, content, category, startedAt })
      expect(found?.found ?? 'cannot_tell').not.toBe('yes')
    })
  })
}
