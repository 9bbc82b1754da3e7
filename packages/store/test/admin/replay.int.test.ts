import { failedDeliverySchema } from '@carillon/contracts'
import { describe, expect, it } from 'vitest'
import { createAdminStore } from '../../src/index.ts'
import { accepted, change, claimOne, planEmail, readDeliveries, readDelivery, rejected } from '../rows.ts'
import { useEmptiedStore } from '../use-emptied-store.ts'

const store = useEmptiedStore()

const desk = () => createAdminStore({ pool: store().pool })

async function failOne(event?: Parameters<typeof planEmail>[1]) {
  const planned = await planEmail(store(), event)
  await store().delivery.recordResults([rejected(await claimOne(store(), planned.id))])
  return planned
}

describe('replaying a failed delivery', () => {
  it('adds a delivery that fires at once, and leaves the failed one as it is', async () => {
    const { id, notificationId } = await failOne()
    const before = await readDelivery(store(), id)
    const [answer] = await desk().replayDeliveries('default', [id])
    expect(answer).toEqual({ id, answer: 'replayed', deliveryId: expect.any(String) })
    expect(await readDelivery(store(), id)).toEqual(before)
    const fired = await store().clock.fireDue(10)
    expect(fired.wakeUps.map(({ deliveryId }) => deliveryId)).toEqual([answer?.deliveryId])
    await store().delivery.recordResults([accepted(await claimOne(store(), answer?.deliveryId ?? ''))])
    expect((await readDeliveries(store(), notificationId)).map(({ status }) => status)).toEqual(['FAILED', 'SENT'])
  })

  it('happens once, however many ask at a time', async () => {
    const { id, notificationId } = await failOne()
    const answers = await Promise.all(Array.from({ length: 8 }, () => desk().replayDeliveries('default', [id, id])))
    const said = answers.flat().map(({ answer }) => answer)
    expect(said.filter((answer) => answer === 'replayed')).toHaveLength(1)
    expect(said.filter((answer) => answer === 'replayed_before')).toHaveLength(7)
    expect(await readDeliveries(store(), notificationId)).toHaveLength(2)
  })

  it('can be repeated when the replay failed too', async () => {
    const { id } = await failOne()
    const [first] = await desk().replayDeliveries('default', [id])
    await store().clock.fireDue(10)
    await store().delivery.recordResults([rejected(await claimOne(store(), first?.deliveryId ?? ''))])
    const [old, again] = await desk().replayDeliveries('default', [id, first?.deliveryId ?? ''])
    expect([old?.answer, again?.answer]).toEqual(['replayed_before', 'replayed'])
  })

  it.each(['cancel', 'read', 'acknowledge'] as const)('is refused after a %s that stops it', async (kind) => {
    const { id, notificationId } = await failOne({ stopOn: 'READ' })
    await store().stops.stopNotification({ kind, tenantId: 'default', notificationId, userId: 'ann', source: 'api' })
    expect((await desk().replayDeliveries('default', [id]))[0]?.answer).toBe('stopped')
    expect(await readDeliveries(store(), notificationId)).toHaveLength(1)
  })

  it('or a stop that comes at the same time leaves nothing to send', async () => {
    for (let round = 0; round < 20; round++) {
      const { id, notificationId } = await failOne({ stopOn: 'READ' })
      const read = { kind: 'read', tenantId: 'default', notificationId, userId: 'ann', source: 'api' } as const
      await Promise.all([desk().replayDeliveries('default', [id]), store().stops.stopNotification(read)])
      const open = (await readDeliveries(store(), notificationId)).filter(({ status }) => status !== 'FAILED')
      expect(open.every(({ status }) => status === 'CANCELLED')).toBe(true)
    }
  })

  it('concerns only what failed, and only of this tenant', async () => {
    const { id } = await failOne()
    const sent = await planEmail(store())
    await store().delivery.recordResults([accepted(await claimOne(store(), sent.id))])
    const waiting = await planEmail(store())
    const unknown = '0190a1b2-c3d4-8e5f-8a6b-7c8d9e0f0000'
    const said = await desk().replayDeliveries('default', [sent.id, waiting.id, unknown])
    expect(said.map(({ answer }) => answer)).toEqual(['not_failed', 'not_failed', 'not_found'])
    expect((await desk().replayDeliveries('acme', [id]))[0]?.answer).toBe('not_found')
  })
})

describe('failures', () => {
  const page = { tenantId: 'default', channel: undefined, since: new Date(0), after: undefined, limit: 100 }

  it('are listed newest first in pages, until they are replayed', async () => {
    const ids: string[] = []
    for (let n = 0; n < 5; n++) ids.unshift((await failOne()).id)
    for (const [at, id] of ids.entries()) await change(store(), id, `"createdAt" = now() - interval '${at} minutes'`)
    await planEmail(store())
    const first = await desk().listFailures({ ...page, limit: 3 })
    for (const failure of first) failedDeliverySchema.parse(failure)
    const rest = await desk().listFailures({ ...page, after: first.at(-1), limit: 3 })
    expect([...first, ...rest].map(({ id }) => id)).toEqual(ids)
    expect(first[0]).toMatchObject({ channel: 'EMAIL', reason: 'no_such_mailbox', error: '550 5.1.1', attemptCount: 1 })
    await desk().replayDeliveries('default', ids.slice(0, 2))
    expect((await desk().listFailures(page)).map(({ id }) => id)).toEqual(ids.slice(2))
    expect(await desk().listFailures({ ...page, channel: 'SMS' })).toEqual([])
    expect(await desk().listFailures({ ...page, tenantId: 'acme' })).toEqual([])
  })

  it('and all else are counted by channel and state', async () => {
    await failOne()
    await planEmail(store())
    expect(await desk().countDeliveries('default', new Date(0))).toEqual([
      { channel: 'EMAIL', status: 'PENDING', count: 1, possiblySent: 0 },
      { channel: 'EMAIL', status: 'FAILED', count: 1, possiblySent: 0 },
    ])
    expect(await desk().countDeliveries('default', new Date(Date.now() + 60_000))).toEqual([])
    expect(await desk().countDeliveries('acme', new Date(0))).toEqual([])
  })
})
