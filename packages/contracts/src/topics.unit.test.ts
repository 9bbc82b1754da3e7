import { expect, test } from 'vitest'
import { channelTopic, EVENTS_TOPIC, eventsTopic, groupOf, topicDefinitions } from './topics.ts'
import { SENT_CHANNELS } from './words.ts'

test('no two topics share a name or a group', () => {
  const names = topicDefinitions().map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(new Set(names.map(groupOf)).size).toBe(names.length)
})

test('a group is called as its topic, and that of the events as their router', () => {
  expect(groupOf('notification.email')).toBe('email')
  expect(groupOf('notification.email.urgent')).toBe('email.urgent')
  expect(groupOf('notification.events')).toBe('router')
  expect(groupOf('notification.events.urgent')).toBe('router.urgent')
})

test('each channel and the events have a lane of their own for what is urgent', () => {
  const names = topicDefinitions().map(({ name }) => name)
  for (const channel of SENT_CHANNELS)
    for (const lane of ['normal', 'urgent'] as const) expect(names).toContain(channelTopic(channel, lane))
  expect(names).toEqual(expect.arrayContaining([EVENTS_TOPIC, eventsTopic('urgent')]))
  expect(eventsTopic('normal')).toBe(EVENTS_TOPIC)
  expect(channelTopic('WHATSAPP', 'urgent')).toBe('notification.whatsapp.urgent')
})

test('a dead letter has room for its source and its headers', () => {
  const bytesOf = (name: string) =>
    Number(topicDefinitions().find((topic) => topic.name === name)?.configs['max.message.bytes'])
  for (const source of ['notification.events', 'notification.read', 'notification.receipts'])
    expect(bytesOf(`${source}.dlq`)).toBeGreaterThan(bytesOf(source))
})

test('the events have at least three partitions, and dead letters one', () => {
  for (const { name, partitions } of topicDefinitions(3)) expect(partitions).toBe(name.endsWith('.dlq') ? 1 : 3)
  expect(topicDefinitions()[0]?.partitions).toBeGreaterThanOrEqual(3)
})
