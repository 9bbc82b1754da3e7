import { describe, expect, it } from 'vitest'
import { EVENT, startApi } from '../test/api-under-test.ts'
import { findMisspelt } from './find-misspelt.ts'

const known = { channels: 1, recipientIds: 1, templateCode: 1, notificationPriority: 1, id: 1, type: 1 }

describe('findMisspelt', () => {
  it.each([
    ['chanels', 'channels'],
    ['channells', 'channels'],
    ['cahnnels', 'channels'],
    ['chamnels', 'channels'],
    ['recipientId', 'recipientIds'],
    ['template_code', 'templateCode'],
    ['TemplateCode', 'templateCode'],
    ['notificationPriorty', 'notificationPriority'],
  ])('%s was to be %s', (name, meant) => {
    expect(findMisspelt({ [name]: 1 }, known)).toEqual([
      { path: name, message: `is not known here: did you mean ${meant}?` },
    ])
  })

  it.each([
    ['is known', { channels: 1 }],
    ['is nothing like ours', { shopNumber: 1, chains: 1, priority: 1 }],
    ['is too short to tell', { ids: 1, typ: 1 }],
    ['stands beside the one that it is like', { channels: 1, channel: 1 }],
    ['is the prototype’s', { constructor: 1 }],
  ])('leaves alone what %s', (_name, given) => expect(findMisspelt(given, known)).toEqual([]))
})

it.each([
  ['POST', '/api/notifications', { ...EVENT, chanels: ['EMAIL'] }, 'chanels', 'channels'],
  [
    'POST',
    '/api/notifications',
    { ...EVENT, notificationPriorty: 'HIGH' },
    'notificationPriorty',
    'notificationPriority',
  ],
  ['PUT', '/api/users/u1', { emial: 'ann@example.com' }, 'emial', 'email'],
  ['GET', '/api/notifications?userId=u1&staus=all', undefined, 'staus', 'status'],
])('%s %s says that a field is misspelt instead of dropping it', async (method, path, body, field, meant) => {
  const { status, json } = await startApi().call(method, path, { body })
  expect([status, json.problems]).toEqual([
    422,
    [{ path: field, message: `is not known here: did you mean ${meant}?` }],
  ])
})

it('a batch says it of the one event', async () => {
  const { status, json } = await startApi().call('POST', '/api/notifications/batch', {
    body: { events: [{ ...EVENT, sendat: '2026-12-01T09:00:00Z' }, EVENT] },
  })
  expect([status, json.acceptedCount, json.answers?.[0]?.problems?.[0]?.path]).toEqual([207, 1, 'sendat'])
})
