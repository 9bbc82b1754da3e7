import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FleetStage } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { OPEN_MS_MAX, openSharedStage, readDeliveries, readMails, waitForEmail } from './open-shared-stage.ts'

let stage: FleetStage
beforeAll(async () => {
  stage = await openSharedStage()
}, OPEN_MS_MAX)
afterAll(() => stage?.close(), 60_000)

async function waitForLine(message: string, count: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const files = (await readdir(stage.logDir)).filter((name) => name.startsWith('email'))
      const logs = await Promise.all(files.map((name) => readFile(join(stage.logDir, name), 'utf8')))
      expect(logs.join('').split(`"${message}"`).length - 1).toBe(count)
    },
    { timeout: 20_000 },
  )
}

const postTo = (userId: string) =>
  stage.api.post({
    ...{ type: 'X', title: 'Hello', message: 'Hello', channels: ['EMAIL'] },
    recipients: [{ userId, email: `${userId}@example.com` }],
  })

it('a paused channel sends nothing, also after a restart; what waits can be cancelled, and the rest goes when it is resumed', async () => {
  expect((await stage.api.call('POST', '/api/admin/queues/email/pause')).status).toBe(200)
  await waitForLine('channel.paused', 1)
  await postTo('kept')
  await postTo('dropped')
  const waiting = await waitForEmail(stage, 'dropped', { status: 'PENDING' })
  await waitForEmail(stage, 'kept', { status: 'PENDING' })

  await stage.fleet.killAndRestart('email', 'SIGTERM')
  await waitForLine('channel.paused', 2)
  const cancelled = await stage.api.call('POST', `/api/notifications/${waiting.notificationId}/cancel`)
  expect(cancelled.body).toMatchObject({ deliveries: [{ answer: 'cancelled' }] })
  expect(await readMails(stage, 'kept@example.com')).toEqual([])

  expect((await stage.api.call('POST', '/api/admin/queues/email/resume')).status).toBe(200)
  await waitForEmail(stage, 'kept', { status: 'SENT' })
  expect(await readMails(stage, 'dropped@example.com')).toEqual([])
  expect((await readDeliveries(stage, 'dropped')).map(({ status }) => status)).toEqual(['CANCELLED'])
})
