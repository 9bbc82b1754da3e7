import { afterAll, beforeAll, expect, it } from 'vitest'
import { createSuppressionStore } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
  await store.pool.query(
    `INSERT INTO "Suppression"("tenantId", channel, "addressHash", reason, "createdAt") VALUES
      ('t1', 'EMAIL', 'a', 'smtp_mailbox_unknown', '2026-05-01T10:00:00Z'),
      ('t1', 'SMS', 'b', 'sms_opted_out', '2026-05-01T10:00:00Z'),
      ('t1', 'EMAIL', 'c', 'smtp_mailbox_unknown', '2026-05-01T11:00:00Z'),
      ('t2', 'EMAIL', 'a', 'smtp_mailbox_unknown', '2026-05-01T12:00:00Z')`,
  )
})
afterAll(() => store.close())

const suppressions = () => createSuppressionStore({ pool: store.pool })
const all = { tenantId: 't1', channel: undefined, addressHash: undefined, after: undefined, limit: 10 }
const list = async (query: Partial<Parameters<ReturnType<typeof suppressions>['listSuppressions']>[0]> = {}) =>
  suppressions().listSuppressions({ ...all, ...query })
const hashes = async (...query: Parameters<typeof list>) => (await list(...query)).map((one) => one.addressHash)

it("lists a tenant's own, the newest first, and goes on behind any of them", async () => {
  expect(await hashes()).toEqual(['c', 'b', 'a'])
  expect(await hashes({ channel: 'EMAIL' })).toEqual(['c', 'a'])
  expect(await hashes({ addressHash: 'b' })).toEqual(['b'])
  for (const [place, after] of (await list()).entries())
    expect(await hashes({ after })).toEqual(['c', 'b', 'a'].slice(place + 1))
})

it('lifts what a provider found out, and leaves what the person asked for', async () => {
  expect(await suppressions().liftSuppression('t1', 'SMS', 'b')).toBe('of_the_person')
  expect(await suppressions().liftSuppression('t1', 'SMS', 'a')).toBe('unknown')
  expect(await suppressions().liftSuppression('t1', 'EMAIL', 'a')).toBe('lifted')
  expect(await suppressions().liftSuppression('t1', 'EMAIL', 'a')).toBe('unknown')
  expect(await hashes()).toEqual(['c', 'b'])
  expect(await hashes({ tenantId: 't2' })).toEqual(['a'])
})
