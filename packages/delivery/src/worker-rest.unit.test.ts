import { describe, expect, it, vi } from 'vitest'
import { ACCEPTED, IN_TROUBLE, ids, row, setUp } from './worker-set-up.ts'

describe('a delivery worker that rests or closes', () => {
  it('rests the whole channel when the provider refuses our credentials, and leaves the rows', async () => {
    const all = ids(50)
    const { deliver, sent, stopped, worker, results } = setUp({
      rows: all.map((id) => row(id)),
      send: async () => ({ ...IN_TROUBLE, reason: 'smtp_credentials', stopsChannel: true }),
    })
    const abandoned = expect(deliver(all)).rejects.toThrow('closing')
    await vi.waitFor(() => expect(stopped).toHaveBeenCalled())
    await vi.waitFor(() => expect(worker.readLoad().claimed).toBe(0))
    expect(sent.length).toBeLessThanOrEqual(5)
    expect(results.every((result) => result.outcome === 'not_handed_over' && result.attemptCount === 0)).toBe(true)
    await worker.close()
    await abandoned
  })

  it('sends nothing more once it is paused, and everything after it is resumed', async () => {
    const release = Promise.withResolvers<void>()
    const all = ids(40)
    const { deliver, worker, sent, results } = setUp({
      rows: all.map((id) => row(id)),
      async send() {
        await release.promise
        return ACCEPTED
      },
    })
    const done = deliver(all)
    await vi.waitFor(() => expect(sent.length).toBeGreaterThan(2))
    worker.pause()
    release.resolve()
    await vi.waitFor(() => expect(worker.readLoad().claimed).toBe(0))
    const sentBefore = sent.length
    expect(sentBefore).toBeLessThan(10)
    const more = deliver(['d0'])
    expect(sent).toHaveLength(sentBefore)
    worker.resume()
    await done
    await more
    expect(results).toHaveLength(40)
  })

  it('closing waits for what is in the air, gives back what was not handed over, and abandons the rest', async () => {
    const release = Promise.withResolvers<void>()
    const all = ids(20)
    const { deliver, worker, results, sent } = setUp({
      rows: all.map((id) => row(id)),
      async send() {
        await release.promise
        return ACCEPTED
      },
    })
    const abandoned = expect(deliver(all)).rejects.toThrow('closing')
    await vi.waitFor(() => expect(sent.length).toBeGreaterThan(2))
    const closed = worker.close()
    release.resolve()
    await closed
    await abandoned
    expect(results.filter((result) => result.status === 'SENT')).toHaveLength(sent.length)
    expect(results.filter((result) => result.reason === 'worker_closing').every((one) => one.attemptCount === 0)).toBe(
      true,
    )
  })
})
