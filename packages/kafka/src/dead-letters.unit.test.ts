import { expect, test } from 'vitest'
import { createDeadLetters, cutBytes, DEAD_LETTER_HEADERS } from './dead-letters.ts'
import type { OutgoingRecord, ReceivedRecord } from './record.ts'

const now = new Date('2026-11-21T10:00:00.000Z')
const record: ReceivedRecord = {
  offset: 41,
  key: Buffer.from([0xff, 0x00]),
  value: Buffer.from([0xc3, 0x28, 0x00]),
  headers: { 'tenant-id': Buffer.from('t1'), twice: [Buffer.from('a'), Buffer.from('b')], empty: null },
  timestampMs: Date.parse('2026-11-20T00:00:00.000Z'),
}

async function send(given: ReceivedRecord, message = 'not JSON') {
  const sent: OutgoingRecord[] = []
  const letters = createDeadLetters(
    {
      async publishMany(records) {
        sent.push(...records)
        return records.map(() => ({ partition: 0, offset: 7 }))
      },
    },
    () => now,
  )
  const letter = { topic: 'notification.events', partition: 2, record: given, reason: 'malformed', message }
  expect(await letters.send('notification.events.dlq', letter)).toEqual({ partition: 0, offset: 7 })
  return sent[0]
}

test('a dead letter keeps key, value and headers and says where it came from and why', async () => {
  expect(await send(record)).toEqual({
    topic: 'notification.events.dlq',
    key: record.key,
    value: record.value,
    headers: {
      ...record.headers,
      'x-original-topic': 'notification.events',
      'x-original-partition': '2',
      'x-original-offset': '41',
      'x-original-time': '2026-11-20T00:00:00.000Z',
      'x-first-seen': '2026-11-21T10:00:00.000Z',
      'x-reason-code': 'malformed',
      'x-reason-message': 'not JSON',
      'x-attempts': '1',
    },
  })
})

test('a replayed record that is refused again counts on and keeps the time of its first refusal', async () => {
  const headers = { 'x-attempts': Buffer.from('2'), 'x-first-seen': Buffer.from('2026-01-01T00:00:00.000Z') }
  const sent = await send({ ...record, headers })
  expect(sent?.headers).toMatchObject({ 'x-attempts': '3', 'x-first-seen': '2026-01-01T00:00:00.000Z' })
})

test('an attempt counter that somebody else wrote does no harm', async () => {
  const sent = await send({ ...record, headers: { 'x-attempts': Buffer.from('many') } })
  expect(sent?.headers).toMatchObject({ 'x-attempts': '1' })
})

test('a timestamp that no calendar knows is kept as a number', async () => {
  const sent = await send({ ...record, timestampMs: 9e15 })
  expect(sent?.headers).toMatchObject({ [DEAD_LETTER_HEADERS.time]: '9000000000000000' })
})

test('the message is cut at 1 KB, between characters', async () => {
  const sent = await send(record, 'ж'.repeat(2_000))
  expect(Buffer.byteLength(String(sent?.headers?.['x-reason-message']))).toBe(1_024)
  expect(cutBytes('aж', 2)).toBe('a')
  expect(cutBytes('жж', 2)).toBe('ж')
  expect(cutBytes('😀', 3)).toBe('')
})
