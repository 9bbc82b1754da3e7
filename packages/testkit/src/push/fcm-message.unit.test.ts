import { expect, it } from 'vitest'
import { findFault } from './fcm-message.ts'

const message = {
  token: 't1',
  notification: { title: 'Paid', body: 'Your invoice was paid.' },
  data: { deliveryId: 'd1' },
  android: { collapse_key: 'd1', priority: 'high', ttl: '3600s', notification: { tag: 'd1' } },
}

it('finds no fault with what FCM would take', () => {
  expect(findFault({ message })).toBeUndefined()
  expect(findFault({ message, validate_only: true })).toBeUndefined()
})

it.each([
  ['message', undefined],
  ['message.token', { ...message, token: '' }],
  ['message.token', { ...message, token: 1 }],
  ['message.text', { ...message, text: 'hello' }],
  ['message.notification.body', { ...message, notification: { body: 1 } }],
  ['message.data.count', { ...message, data: { count: 1 } }],
  ['message.data.google.word', { ...message, data: { 'google.word': 'x' } }],
  ['message.android.data.from', { ...message, android: { data: { from: 'x' } } }],
  ['message.android.ttl', { ...message, android: { ttl: 3_600 } }],
  ['message.android.ttl', { ...message, android: { ttl: '3600' } }],
  ['message.android.priority', { ...message, android: { priority: 'urgent' } }],
  ['message.android.notification.color', { ...message, android: { notification: { color: 'red' } } }],
  ['message.android.notification.sticky', { ...message, android: { notification: { sticky: 'yes' } } }],
  ['message.apns.headers.apns-priority', { ...message, apns: { headers: { 'apns-priority': 10 } } }],
  ['message.apns.headers', { ...message, apns: { headers: { 'apns-collapse-id': 'x'.repeat(65) } } }],
  ['message.webpush.fcm_options.link', { ...message, webpush: { fcm_options: { link: 'http://acme.test' } } }],
  ['message.data', { ...message, data: { text: 'x'.repeat(4_096) } }],
])('finds fault with %s', (field, faulty) => {
  expect(findFault({ ...(faulty && { message: faulty }) })).toBe(field)
})
