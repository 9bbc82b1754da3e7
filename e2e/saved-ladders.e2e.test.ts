import type { FleetStage } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { guest, OPEN_MS_MAX, openSharedStage } from './open-shared-stage.ts'

let stage: FleetStage

beforeAll(async () => {
  stage = await openSharedStage({ apps: ['api', 'router', 'email', 'escalation'] })
}, OPEN_MS_MAX)

afterAll(async () => {
  await stage?.close()
})

const put = async (path: string, body: object) => {
  const { status } = await stage.api.call('PUT', path, { body })
  expect([path, status]).toEqual([path, 200])
}

interface Arm {
  readonly ladder: string
  readonly notifications: number
  readonly read: number
}

it('a category’s saved ladder is climbed on either side of its experiment, frozen, and counted from what became of it', async () => {
  const later = (afterSeconds: number) => [
    { channel: 'IN_APP', afterSeconds: 0 },
    { channel: 'EMAIL', afterSeconds },
  ]
  await put('/api/ladders/soon', { steps: later(3_600) })
  const experiment = { name: 'sooner', ladder: 'soon', percent: 50 }
  await put('/api/ladders/late', { steps: later(7_200), experiment })
  await put('/api/categories/reminders', { ladderName: 'late' })

  const people = Array.from({ length: 20 }, (_, index) => `climber-${index}`)
  const event = { type: 'REMINDER', message: 'Soon', category: 'reminders', deliveryStrategy: 'ESCALATION' }
  const { body } = await stage.api.post({ ...event, notificationId: 'climb', recipients: people.map(guest) })
  await vi.waitFor(
    async () => {
      const { body: status } = await stage.api.call<{ notifications: number }>('GET', body.statusUrl)
      expect(status.notifications).toBe(people.length)
    },
    { timeout: 20_000, interval: 100 },
  )
  // What is on its way climbs the ladder as it was.
  await put('/api/ladders/late', { steps: later(10_800), experiment })
  const { rows } = await stage.pool.query<{ experiment: string; after: number; count: number }>(
    `SELECT experiment, (ladder->1->>'afterSeconds')::int AS after, count(*)::int FROM "Notification"
     WHERE "groupId" = 'climb' GROUP BY 1, 2 ORDER BY 1`,
  )
  expect(rows.map(({ experiment: side, after }) => [side, after])).toEqual([
    ['sooner:a', 7_200],
    ['sooner:b', 3_600],
  ])

  expect((await stage.api.read('climb', 'climber-0')).status).toBe(200)
  const { body: counted } = await stage.api.call<{ a: Arm; b: Arm }>('GET', '/api/ladders/late/experiment')
  expect([counted.a, counted.b].map(({ notifications }) => notifications)).toEqual(rows.map(({ count }) => count))
  expect([counted.a.ladder, counted.b.ladder, counted.a.read + counted.b.read]).toEqual(['late', 'soon', 1])
})
