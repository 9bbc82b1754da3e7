import { expect, it } from 'vitest'
import { createRetention } from './retention.ts'

const NOW = new Date('2026-05-01T00:00:00Z')
const POLICY = { doneDays: 7, failedDays: 30, inboxDays: 90, auditDays: 730 }

function setUp(left: number) {
  const asked: object[] = []
  const observed: object[] = []
  const store = {
    readCategories: async () => ['a category'],
    async deleteDeliveries(limit: number, cutoffs: object, categories: readonly string[]) {
      asked.push({ limit, cutoffs, categories })
      const deleted = Math.min(left, limit)
      left -= deleted
      return deleted
    },
    deleteNotifications: async () => 0,
    deleteReceipts: async () => 0,
    deleteDeadCalls: async () => 0,
    deleteErasures: async () => 0,
    deleteAudit: async () => 0,
    deleteOldKeys: async () => 0,
  }
  const deleteOld = createRetention(
    store,
    POLICY,
    (deleted) => observed.push(deleted),
    () => NOW,
  )
  return { deleteOld, asked, observed }
}

it('asks for what is older than its days', async () => {
  const { deleteOld, asked } = setUp(0)
  await deleteOld()
  expect(asked).toEqual([
    {
      limit: 500,
      cutoffs: {
        done: new Date('2026-04-24T00:00:00Z'),
        failed: new Date('2026-04-01T00:00:00Z'),
        inbox: new Date('2026-01-31T00:00:00Z'),
        audit: new Date('2024-05-01T00:00:00Z'),
      },
      categories: ['a category'],
    },
  ])
})

it('comes again soon while there is more, and rests when there is none', async () => {
  const { deleteOld, observed } = setUp(700)
  expect((await deleteOld()).againInMs).toBeLessThan(1_000)
  expect((await deleteOld()).againInMs).toBeGreaterThan(60_000)
  await deleteOld()
  expect(observed).toHaveLength(2)
})
