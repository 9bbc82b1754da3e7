import { describe, expect, it, vi } from 'vitest'
import type { DeliveryResult } from './delivery-store.ts'
import type { LookUpResult, LostMessage, UnknownDelivery } from './look-up.ts'
import { retryPolicyOf } from './retry-policies.ts'
import { createUnknownResolver } from './unknown-resolver.ts'

function row(change: Partial<UnknownDelivery> = {}): UnknownDelivery {
  return {
    id: 'd',
    notificationId: 'n',
    tenantId: 'default',
    channel: 'SMS',
    fence: 2,
    attemptCount: 2,
    maxAttempts: 3,
    category: 'orders',
    content: { title: 't', message: 'm' },
    address: '+4915112345678',
    addressHash: '#+4915112345678',
    provider: 'twilio',
    startedAt: new Date(0),
    ...change,
  }
}

function setUp(answer: LookUpResult | Error, rows = [row()], taken: readonly string[] = []) {
  const asked: LostMessage[] = []
  const recorded: DeliveryResult[] = []
  const givenUp: { id: string; fence: number }[] = []
  const observe = vi.fn()
  const resolver = createUnknownResolver({
    channel: {
      channel: 'SMS',
      send: () => Promise.reject(new Error('nothing is sent')),
      async lookUp(message) {
        asked.push(message)
        if (answer instanceof Error) throw answer
        return answer
      },
    },
    store: {
      loadUnknown: async () => rows,
      findTaken: async () => new Set(taken),
      giveUpAsking: async (more) => void givenUp.push(...more),
    },
    recorder: {
      async record(result) {
        recorded.push(result)
        return undefined
      },
    },
    hashAddress: (_tenant, address) => `#${address}`,
    persist: (statement) => statement(),
    observe,
    retry: retryPolicyOf('SMS', 1_000),
    random: () => 0.5,
  })
  return { resolver, asked, recorded, givenUp, observe }
}

const found: LookUpResult = { found: 'yes', provider: 'twilio', providerMessageId: 'SM1' }

describe('a message whose answer was lost', () => {
  it('is SENT when the provider has it', async () => {
    const { resolver, asked, recorded, givenUp } = setUp(found)
    await resolver.resolve(['d'])
    const sent = {
      id: 'd',
      fence: 2,
      status: 'SENT',
      outcome: 'accepted',
      provider: 'twilio',
      providerMessageId: 'SM1',
    }
    expect(recorded).toEqual([expect.objectContaining(sent)])
    expect(givenUp).toEqual([])
    expect(asked).toEqual([
      {
        deliveryId: 'd',
        attempt: 2,
        address: '+4915112345678',
        startedAt: new Date(0),
        provider: 'twilio',
        content: { title: 't', message: 'm' },
        category: 'orders',
      },
    ])
  })

  it('goes on like one that was refused when the provider surely has it not', async () => {
    const { resolver, recorded } = setUp({ found: 'no', provider: 'twilio' })
    await resolver.resolve(['d'])
    const again = { status: 'SCHEDULED', outcome: 'unavailable', reason: 'not_accepted', attemptCount: 2 }
    expect(recorded).toEqual([expect.objectContaining(again)])
    expect(recorded[0]?.dueInMs).toBeGreaterThan(0)
  })

  it('fails when the provider has it not and every try is used up', async () => {
    const { resolver, recorded } = setUp({ found: 'no', provider: 'twilio' }, [row({ attemptCount: 3 })])
    await resolver.resolve(['d'])
    expect(recorded).toEqual([expect.objectContaining({ status: 'FAILED', reason: 'not_accepted', dueInMs: null })])
  })

  it('is not taken for another one with the same text that the provider has', async () => {
    const { resolver, recorded } = setUp(found, [row()], ['SM1'])
    await resolver.resolve(['d'])
    expect(recorded).toEqual([expect.objectContaining({ status: 'SCHEDULED', reason: 'not_accepted' })])
  })

  it('is left to the clock when nobody will ever tell', async () => {
    const { resolver, recorded, givenUp } = setUp({ found: 'cannot_tell', provider: 'vonage' })
    await resolver.resolve(['d'])
    expect(recorded).toEqual([])
    expect(givenUp).toEqual([{ id: 'd', fence: 2 }])
  })

  it.each([
    ['cannot say it now', { found: 'cannot_tell', provider: 'twilio', askAgain: true } as const],
    ['cannot be asked by a fault of ours', new Error('no such host')],
  ])('is asked about again when the provider %s', async (_name, answer) => {
    const { resolver, recorded, givenUp, observe } = setUp(answer)
    await resolver.resolve(['d'])
    expect(recorded).toEqual([])
    expect(givenUp).toEqual([])
    expect(observe).toHaveBeenCalledWith(expect.objectContaining({ found: 'ask_again' }))
  })

  it('is asked of every provider when its worker was killed before it named one', async () => {
    const { resolver, asked } = setUp(found, [row({ provider: 'SMS' })])
    await resolver.resolve(['d'])
    expect(asked[0]).not.toHaveProperty('provider')
  })

  it('is never asked about under another number than it was sent to', async () => {
    const { resolver, asked, givenUp } = setUp(found, [row({ address: '+4915199999999' })])
    await resolver.resolve(['d'])
    expect(asked).toEqual([])
    expect(givenUp).toEqual([{ id: 'd', fence: 2 }])
  })
})
