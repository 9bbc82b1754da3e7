import { batchAnswerSchema } from '@carillon/contracts'
import { expect, it } from 'vitest'
import { EVENT, startApi } from '../../test/api-under-test.ts'

type Api = ReturnType<typeof startApi>
const post = (api: Api, events: unknown, headers: Record<string, string> = {}) =>
  api.call('POST', '/api/notifications/batch', { body: { events }, headers })

it('answers for each event, and one that is wrong holds back no other', async () => {
  const api = startApi()
  const answer = await post(api, [EVENT, { type: 'X' }, 7, { ...EVENT, notificationPriority: 'HIGH' }])
  const { answers, ...counts } = batchAnswerSchema.parse(answer.json)
  expect([answer.status, counts]).toEqual([207, { success: false, acceptedCount: 2, refusedCount: 2 }])
  expect(answers.map(({ status }) => status)).toEqual([202, 422, 422, 202])
  expect(api.published.map(({ topic }) => topic)).toEqual(['notification.events', 'notification.events.urgent'])
})

it('is 202 when every event is accepted, each with an id of its own', async () => {
  const api = startApi()
  const answer = await post(api, Array(1_000).fill(EVENT))
  expect([answer.status, answer.json.acceptedCount]).toEqual([202, 1_000])
  expect(new Set(api.published.map(({ key }) => key)).size).toBe(1_000)
  const status = await api.call('GET', String(answer.json.answers?.[999]?.statusUrl))
  expect([status.status, status.json.state]).toEqual([200, 'QUEUED'])
})

it('is the same events again under the same Idempotency-Key, and a conflict with another body', async () => {
  const api = startApi()
  const headers = { 'idempotency-key': 'night-7' }
  const first = await post(api, [EVENT, EVENT], headers)
  api.clock.now = new Date('2026-05-01T11:00:00.000Z')
  const again = await post(api, [EVENT, EVENT], headers)
  expect(again.json).toEqual(first.json)
  expect(api.published[2]).toEqual(api.published[0])
  expect((await post(api, [EVENT], headers)).status).toBe(409)
})

it('asks to repeat when nothing could be kept', async () => {
  const api = startApi()
  api.failOn('publisher')
  const answer = await post(api, [EVENT, EVENT])
  expect([answer.status, answer.json.code]).toEqual([503, 'not_accepted'])
})

it.each([undefined, [], {}, 'x', Array(1_001).fill(EVENT)])('refuses what is no list of events', async (events) => {
  const answer = await post(startApi(), events)
  expect([answer.status, answer.json.problems?.[0]?.path]).toEqual([422, 'events'])
})

it('takes a body of megabytes, and no larger one', async () => {
  const api = startApi()
  const large = { ...EVENT, message: 'x'.repeat(30_000) }
  expect((await post(api, Array(100).fill(large))).status).toBe(202)
  expect((await post(api, Array(200).fill(large))).status).toBe(413)
})
