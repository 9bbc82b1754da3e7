import { analyticsAnswerSchema } from '@carillon/contracts'
import { expect, it } from 'vitest'
import { startApi } from '../../test/api-under-test.ts'

it('counts of the last day what was sent, read, saved and spent', async () => {
  const { status, json } = await startApi().call('GET', '/api/admin/analytics')
  expect(status).toBe(200)
  expect(analyticsAnswerSchema.parse(json)).toMatchObject({
    ...{ since: '2026-04-30T10:00:00.000Z', until: '2026-05-01T10:00:00.000Z', isCut: false },
    sentPerHour: [{ hour: '2026-05-01T09:00:00.000Z', channels: { EMAIL: 2, SMS: 3 } }],
    channels: [
      { channel: 'EMAIL', statuses: { SENT: 2 }, accepted: 2, cost: null },
      { channel: 'SMS', statuses: { SENT: 3, CANCELLED: 1 }, accepted: 3, cost: 0.21 },
    ],
    reading: { notifications: 4, read: 1, rate: 0.25 },
  })
})

it.each([
  ['since=2026-05-01T00:00:00Z&until=2026-04-01T00:00:00Z', 'until'],
  ['since=2026-01-01T00:00:00Z', 'since'],
  ['since=yesterday', 'since'],
])('refuses ?%s', async (query, path) => {
  const answer = await startApi().call('GET', `/api/admin/analytics?${query}`)
  expect([answer.status, answer.json.problems?.[0]?.path]).toEqual([422, path])
})
