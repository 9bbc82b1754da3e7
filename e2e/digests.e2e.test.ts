import type { FleetStage } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { OPEN_MS_MAX, openSharedStage, readDeliveries, readMails } from './open-shared-stage.ts'

let stage: FleetStage

beforeAll(async () => {
  stage = await openSharedStage({ apps: ['api', 'router', 'email', 'escalation'] })
}, OPEN_MS_MAX)

afterAll(async () => {
  await stage?.close()
}, 60_000)

it('a category’s digest turns many messages into one mail when its window ends, and what is CRITICAL goes at once', async () => {
  const digest = { everySeconds: 604_800, max: 2, channels: ['EMAIL'] }
  expect((await stage.api.call('PUT', '/api/categories/likes', { body: { digest } })).status).toBe(200)
  const body = { email: 'liked@example.com' }
  expect((await stage.api.call('PUT', '/api/users/liked', { body })).status).toBe(200)
  const like = (message: string, more: object = {}) =>
    stage.api.post({ type: 'LIKED', title: 'Liked', message, category: 'likes', recipientIds: ['liked'], ...more })
  // Kept longer than any window, or it would not wait for its end.
  const expiresAt = new Date(Date.now() + 8 * 86_400_000).toISOString()
  for (const message of ['by Bob', 'by Eve', 'by Kim']) await like(message, { expiresAt })
  await like('by everybody', { notificationPriority: 'CRITICAL' })

  await vi.waitFor(
    async () => {
      const emails = (await readDeliveries(stage, 'liked')).filter(({ channel }) => channel === 'EMAIL')
      const said = emails.map(({ status, reason }) => `${status} ${reason}`).toSorted()
      expect(said).toEqual(['SENT null', ...Array(3).fill('SUPPRESSED in_digest')])
    },
    { timeout: 20_000, interval: 100 },
  )
  expect(await readMails(stage, 'liked@example.com')).toHaveLength(1)

  await stage.pool.query(`UPDATE "Digest" SET "dueAt" = now() - interval '1 s'`)
  const mails = await vi.waitFor(
    async () => {
      const accepted = await readMails(stage, 'liked@example.com')
      expect(accepted).toHaveLength(2)
      return accepted
    },
    { timeout: 20_000, interval: 100 },
  )
  const mail = await stage.smtp.readMail(mails[1]?.number ?? 0)
  expect(mail.subject).toBe('Liked (3)')
  // Which of three that were posted at once came first is for the log to say.
  expect(mail.text.match(/Liked: by (Bob|Eve|Kim)/g)).toHaveLength(2)
  expect(mail.text).toContain('+ 1')
})
