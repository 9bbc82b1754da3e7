import { describe, expect, it, vi } from 'vitest'
import type { DeliveryResult, RecordedDelivery } from './delivery-store.ts'
import { createRecorder } from './recorder.ts'

function resultOf(id: string): DeliveryResult {
  return {
    id,
    tenantId: 'default',
    channel: 'EMAIL',
    fence: 1,
    status: 'SENT',
    dueInMs: null,
    attemptCount: 1,
    outcome: 'accepted',
    reason: null,
    error: null,
    provider: 'fake',
    providerMessageId: null,
    suppressAddressHash: null,
    deadTokens: [],
  }
}

const asSent = (results: readonly DeliveryResult[]): RecordedDelivery[] =>
  results.map(({ id }) => ({ id, status: 'SENT' }))

describe('the recorder', () => {
  it('writes what was answered in the same moment by one statement', async () => {
    const recordResults = vi.fn(async (results: readonly DeliveryResult[]) => asSent(results))
    const recorder = createRecorder(recordResults)
    const recorded = await Promise.all(['a', 'b', 'c'].map((id) => recorder.record(resultOf(id))))
    expect(recorded.map((row) => row?.id)).toEqual(['a', 'b', 'c'])
    expect(recordResults).toHaveBeenCalledTimes(1)
  })

  it('writes by the next statement what is answered during one', async () => {
    const release = Promise.withResolvers<void>()
    const sizes: number[] = []
    const recorder = createRecorder(async (results) => {
      sizes.push(results.length)
      await release.promise
      return asSent(results)
    })
    const first = recorder.record(resultOf('a'))
    await vi.waitFor(() => expect(sizes).toEqual([1]))
    const others = ['b', 'c'].map((id) => recorder.record(resultOf(id)))
    release.resolve()
    await Promise.all([first, ...others])
    expect(sizes).toEqual([1, 2])
  })

  it('tells only those of a statement that failed', async () => {
    const recorder = createRecorder(async (results) => {
      if (results.some(({ id }) => id === 'bad')) throw new Error('refused')
      return asSent(results)
    })
    await expect(recorder.record(resultOf('bad'))).rejects.toThrow('refused')
    await expect(recorder.record(resultOf('good'))).resolves.toEqual({ id: 'good', status: 'SENT' })
  })
})
