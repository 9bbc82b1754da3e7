import { describe, expect, test } from 'vitest'
import { countRecipients, eventSchema, recipientIdOf } from './event.ts'

const BASE = { type: 'ANY', message: 'text' }

describe('how many people an event names', () => {
  test.each([
    ['each once', { recipientIds: ['ann', 'ann', 'bob'] }, 2],
    ['without those it excludes', { recipientIds: ['ann', 'bob'], excludeIds: ['bob', 'eve'] }, 1],
    [
      'a user named with an address too',
      { recipientIds: ['ann'], recipients: [{ userId: 'ann', phone: '+4915112345678' }] },
      1,
    ],
    ['guests beside users', { recipientIds: ['ann'], recipients: [{ email: 'a@example.com' }] }, 2],
    ['nobody knows of an audience', { recipientIds: ['ann'], audience: { everyone: true } }, null],
  ])('%s', (_what, people, count) => {
    expect(countRecipients(eventSchema.parse({ ...BASE, ...people }))).toBe(count)
  })
})

describe('the id of a guest', () => {
  test('is the same for the same address, and tells nothing of it', () => {
    const id = recipientIdOf({ email: 'Ann@Example.com' })
    expect(recipientIdOf({ email: 'ann@example.com' })).toBe(id)
    expect(id).toMatch(/^guest_[0-9a-f]{32}$/)
    expect(recipientIdOf({ phone: '+4915112345678' })).not.toBe(id)
  })

  test('is that of the user, where one is named', () => {
    expect(recipientIdOf({ userId: 'ann', email: 'ann@example.com' })).toBe('ann')
  })
})
