import { deriveNotificationId, mintEventId, readEventTime } from '@carillon/contracts'
import { describe, expect, it } from 'vitest'
import { listNotificationIds, listStubIds } from './notification-names.ts'

const KEYS = ['key'] as const
const readTime = (tenantId: string, eventId: string) => readEventTime(tenantId, eventId, KEYS)
const OURS = '018f4a5e-0000-8000-8000-000000000000'
const FOREIGN = '018f4a5e-0000-7000-8000-000000000000'

describe('the name of a notification', () => {
  it('that is an id of ours needs nobody beside it', () => {
    expect(listNotificationIds({ tenantId: 't', notificationId: OURS.toUpperCase() }, readTime)).toEqual([OURS])
  })

  it('that is anybody else’s means nothing without a person', () => {
    expect(listNotificationIds({ tenantId: 't', notificationId: FOREIGN }, readTime)).toEqual([])
    expect(listNotificationIds({ tenantId: 't', notificationId: 'order-7' }, readTime)).toEqual([])
  })

  it('that is a producer’s own is hashed with tenant and person', () => {
    const name = { tenantId: 't', notificationId: FOREIGN, userId: 'ann' }
    expect(listNotificationIds(name, readTime)).toEqual([deriveNotificationId('t', FOREIGN, 'ann')])
  })

  it('that is an event’s id lends its time', () => {
    const eventId = mintEventId('t', KEYS, 1_700_000_000_000)
    const name = { tenantId: 't', notificationId: eventId, userId: 'ann' }
    const timed = deriveNotificationId('t', eventId, 'ann', new Date(1_700_000_000_000))
    expect(listStubIds(name, readTime)).toEqual([timed])
    expect(listNotificationIds(name, readTime)).toEqual([timed, deriveNotificationId('t', eventId, 'ann')])
  })

  it('that may be ours or a producer’s is both', () => {
    const name = { tenantId: 't', notificationId: OURS, userId: 'ann' }
    expect(listStubIds(name, readTime)).toEqual([OURS, deriveNotificationId('t', OURS, 'ann')])
  })
})
