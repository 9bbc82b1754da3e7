import { explanationSchema, simulatedSchema } from '@carillon/contracts'
import { describe, expect, it } from 'vitest'
import { EVENT, mintJwt, NOTIFICATION_ID, startApi } from '../../test/api-under-test.ts'
import { partOfEach } from '../answered.ts'

const NOW = '2026-05-01T10:00:00.000Z'

function withRows() {
  const api = startApi()
  api.explained.push({
    notification: {
      ...{ id: NOTIFICATION_ID, eventId: 'evt_1', recipientId: 'u1', category: 'orders', priority: 'HIGH' },
      ...{ strategy: 'BROADCAST', stopOn: null, ladder: null, experiment: null, templateCode: null },
      ...{ templateVersion: null, decisions: [{ channel: null, step: null, code: 'content_literal' }] },
      ...{ acceptedAt: NOW, createdAt: NOW, seenAt: null, readAt: null, acknowledgedAt: null, cancelledAt: null },
    },
    deliveries: [
      {
        ...{ id: NOTIFICATION_ID, channel: 'EMAIL', step: 0, replay: 0, status: 'FAILED', reason: 'smtp_550' },
        ...{ scheduledFor: null, attemptCount: 1, possiblySent: false, deliveredAt: null, createdAt: NOW },
      },
    ],
    ...{ attempts: [], receipts: [], digests: [] },
  })
  return api
}

describe('GET /api/notifications/:id/explain', () => {
  it('says why in the words of whoever gave the reason', async () => {
    const { status, json } = await withRows().call('GET', `/api/notifications/${NOTIFICATION_ID}/explain`)
    expect(status).toBe(200)
    const { channels, decisions } = explanationSchema.parse(json)
    expect(decisions).toMatchObject([{ code: 'content_literal' }])
    expect(channels[0]).toMatchObject({ outcome: 'not_sent', why: [{ text: 'The mailbox does not exist.' }] })
  })

  it('is for whom the message was, and for nobody else', async () => {
    const api = withRows()
    const ask = async (sub: string) =>
      (await api.call('GET', `/api/notifications/${NOTIFICATION_ID}/explain`, { credential: await mintJwt({ sub }) }))
        .status
    expect([await ask('u1'), await ask('u2')]).toEqual([200, 404])
  })
})

describe('POST /api/simulate', () => {
  const simulate = async (body: Record<string, unknown>) => startApi().call('POST', '/api/simulate', { body })
  const statuses = (json: unknown) =>
    Object.fromEntries(
      simulatedSchema
        .parse(json)
        .people[0]?.deliveries.map(({ channel, status, reason }) => [channel, `${status} ${reason}`]) ?? [],
    )
  const event = { ...EVENT, recipientIds: ['u1'], channels: ['EMAIL', 'SMS', 'IN_APP'] }

  it('shows what each person would get and why, and publishes nothing', async () => {
    const api = startApi()
    const { status, json } = await api.call('POST', '/api/simulate', { body: { event } })
    expect(status).toBe(200)
    expect(statuses(json)).toEqual({ EMAIL: 'PENDING null', SMS: 'PENDING null', IN_APP: 'DELIVERED null' })
    expect(json.people?.[0]?.decisions?.length).toBeGreaterThan(2)
    expect(api.published).toEqual([])
  })

  it('takes preferences, time, category and limit as if they were so', async () => {
    const quietHours = { start: '22:00', end: '07:00', timeZone: 'Europe/Berlin' }
    const at = '2026-05-01T22:00:00Z'
    expect(statuses((await simulate({ event, preferences: { sms: false } })).json).SMS).toBe(
      'SUPPRESSED preference_off',
    )
    const night = (await simulate({ event, at, preferences: { quietHours } })).json
    expect(statuses(night).SMS).toBe('SCHEDULED quiet_hours')
    expect(night.people?.[0]?.deliveries?.[1]).toMatchObject({ scheduledFor: '2026-05-02T05:00:00.000Z' })
    const mandatory = { mandatoryChannels: ['SMS'] }
    expect(statuses((await simulate({ event, preferences: { sms: false }, category: mandatory })).json).SMS).toBe(
      'PENDING null',
    )
    expect(statuses((await simulate({ event, sentLastHour: 100 })).json).SMS).toBe('SUPPRESSED over_hourly_limit')
    expect(statuses((await simulate({ event, servedChannels: ['EMAIL'] })).json).SMS).toBe(
      'SUPPRESSED channel_not_configured',
    )
  })

  it('climbs the ladder of the category or tenant that is given', async () => {
    const escalation = { ...EVENT, recipientIds: ['u1'], deliveryStrategy: 'ESCALATION' }
    const ladder = [{ channel: 'EMAIL', afterSeconds: 60 }]
    for (const given of [{ category: { ladder } }, { tenant: { ladder } }]) {
      const { json } = await simulate({ event: escalation, ...given })
      expect(json.people?.[0]?.ladder).toEqual(ladder)
    }
  })

  it('renders templates, and refuses what planning would refuse with every problem', async () => {
    const templated = { type: 'X', recipientIds: ['u1'], templateCode: 'VERIFICATION_CODE' }
    const shown = (await simulate({ event: { ...templated, variables: { code: '1' } } })).json
    expect(shown.people?.[0]?.content?.perChannel?.SMS?.text).toMatch(/^1 is your/)
    const paths = async (body: Record<string, unknown>) => partOfEach((await simulate(body)).json.problems, 'path')
    expect(await paths({ event: { ...templated, ladderName: 'nowhere' } })).toEqual(['variables.code', 'ladderName'])
    expect(await paths({ event: {} })).toEqual(['event.type', 'event.message', 'event.recipientIds'])
    expect(await paths({ event: { ...event, audience: { everyone: true } } })).toEqual(['event.audience'])
    expect(await paths({ event, category: { ladderName: 'nowhere' } })).toEqual(['category.ladderName'])
    expect(
      await paths({ event: { ...event, recipientIds: Array.from({ length: 101 }, (_, at) => `u${at}`) } }),
    ).toEqual(['event.recipientIds'])
  })
})
