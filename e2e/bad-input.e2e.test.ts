import { type FleetStage, readTopic, readTopicEnds } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { guest, OPEN_MS_MAX, openSharedStage, waitForEmail } from './open-shared-stage.ts'

const EVENTS = 'notification.events'
const DLQ = 'notification.events.dlq'

let stage: FleetStage

beforeAll(async () => {
  stage = await openSharedStage()
}, OPEN_MS_MAX)

afterAll(async () => {
  await stage?.close()
})

const steps = (count: number) => Array.from({ length: count }, (_, at) => ({ channel: 'SMS', afterSeconds: at }))
const event = (change: object) => ({ type: 'X', message: 'hi', recipients: [guest('wrong')], ...change })

/** Wrong at both doors; the paths that the answer must name. */
const WRONG_EVENTS: readonly (readonly [string, object, readonly string[]])[] = [
  ['a ladder without steps', event({ ladder: [] }), ['ladder']],
  ['a ladder of 11 steps', event({ ladder: steps(11) }), ['ladder']],
  ['a negative delay of a step', event({ ladder: [{ channel: 'SMS', afterSeconds: -1 }] }), ['ladder.0.afterSeconds']],
  ['a negative delay', event({ delay: -1 }), ['delay']],
  [
    'an impossible date',
    event({ sendAt: '2026-02-30T09:00:00Z', expiresAt: '2026-13-01T00:00:00Z' }),
    ['expiresAt', 'sendAt'],
  ],
  ['an unknown ladder', event({ ladder: 'nowhere' }), ['ladderName']],
  ['an unknown template', event({ message: undefined, templateCode: 'NO_SUCH' }), ['templateCode']],
  ['a missing variable', event({ message: undefined, templateCode: 'VERIFICATION_CODE' }), ['variables.code']],
  ['5,001 recipients', event({ recipientIds: Array.from({ length: 5_001 }, (_, at) => `u${at}`) }), ['recipientIds']],
]

const SQL_RULE = { any: [{ attribute: 'a', like: "' OR 1=1 --" }, 'true); DROP TABLE "User"; --'] }

/** Wrong settings, which only HTTP takes. */
const WRONG_SETTINGS: readonly (readonly [string, string, object, readonly string[]])[] = [
  ['a category’s ladder without steps', '/api/categories/c', { ladder: [] }, ['ladder']],
  ['a category’s ladder of 11 steps', '/api/categories/c', { ladder: steps(11) }, ['ladder']],
  [
    'a saved ladder with a negative delay',
    '/api/ladders/l',
    { steps: [{ channel: 'SMS', afterSeconds: -1 }] },
    ['steps.0.afterSeconds'],
  ],
  ['a tenant’s unknown zone', '/api/tenant', { timeZone: 'Mars/Olympus' }, ['timeZone']],
  ['a person’s unknown zone', '/api/users/wrong', { timeZone: '+02:00' }, ['timeZone']],
  [
    'unknown quiet hours',
    '/api/preferences?userId=wrong',
    { quietHours: { start: '24:00', end: '7', timeZone: 'X' } },
    ['quietHours.end', 'quietHours.start', 'quietHours.timeZone'],
  ],
  [
    'a template with undeclared variables',
    '/api/templates/T',
    { definition: { locales: { en: { title: '{{ a }}', message: '{{ b }}' } } } },
    ['definition.locales.en.message', 'definition.locales.en.title'],
  ],
  ['a segment that tries to be SQL', '/api/segments/s', { rule: SQL_RULE }, ['rule.any.0', 'rule.any.1']],
]

/** Rows of every table but those that the stage and its processes write for themselves. */
async function countRows(): Promise<Record<string, number>> {
  const { rows } = await stage.pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
     AND table_name NOT IN ('_prisma_migrations', 'ApiKey', 'ChannelStatus') ORDER BY 1`,
  )
  const counts: Record<string, number> = {}
  for (const { name } of rows) {
    const counted = await stage.pool.query<{ count: number }>(`SELECT count(*)::int FROM "${name}"`)
    counts[name] = counted.rows[0]?.count ?? 0
  }
  return counts
}

interface ProblemAnswer {
  readonly problems?: readonly { readonly path: string }[]
}

const pathsOf = (body: ProblemAnswer) => body.problems?.map(({ path }) => path).sort()

it('bad input over HTTP is a 422 with every problem, and nothing is stored', async () => {
  const before = await countRows()
  for (const [name, wrong, paths] of WRONG_EVENTS) {
    const { status, body } = await stage.api.call<ProblemAnswer>('POST', '/api/notifications', { body: wrong })
    expect([name, status, pathsOf(body)]).toEqual([name, 422, paths])
  }
  for (const [name, path, wrong, paths] of WRONG_SETTINGS) {
    const { status, body } = await stage.api.call<ProblemAnswer>('PUT', path, { body: wrong })
    expect([name, status, pathsOf(body)]).toEqual([name, 422, paths])
  }
  expect(await countRows()).toEqual(before)
})

it('the same written to Kafka is a dead letter with its reason, and only its refusal is stored', async () => {
  const before = await countRows()
  const since = await readTopicEnds(stage.kafka, DLQ)
  await stage.producer.publishMany(
    WRONG_EVENTS.map(([name, wrong]) => ({
      topic: EVENTS,
      key: name,
      value: JSON.stringify({ id: `wrong-${name}`, ...wrong }),
    })),
  )
  const letters = await vi.waitFor(
    async () => {
      const found = await readTopic(stage.kafka, DLQ, since)
      if (found.length < WRONG_EVENTS.length) throw new Error(`${found.length} letters`)
      return found
    },
    { timeout: 20_000, interval: 100 },
  )
  for (const [name, , paths] of WRONG_EVENTS) {
    const letter = letters.find(({ key }) => String(key) === name)
    for (const path of paths) expect(String(letter?.headers['x-reason-message']), name).toContain(path)
  }
  const after = await countRows()
  // Those that could be read as events have a row that says REFUSED; nothing else has any.
  expect({ ...after, Event: 0 }).toEqual({ ...before, Event: 0 })
  const { rows } = await stage.pool.query<{ reason: string }>(
    `SELECT reason FROM "Event" WHERE state = 'REFUSED' ORDER BY reason`,
  )
  expect(rows.map(({ reason }) => reason)).toEqual(['ladder_unknown', 'template_not_filled', 'template_unknown'])
  expect((after.Event ?? 0) - (before.Event ?? 0)).toBe(3)
})

it('a preference that is off is never sent, and explain says why and what would change it', async () => {
  await stage.api.call('PUT', '/api/users/off', { body: { email: 'off@example.com', preferences: { email: false } } })
  const channels = ['EMAIL', 'IN_APP']
  const body = { type: 'X', message: 'hi', notificationId: 'explained', recipientIds: ['off'], channels }
  const simulated = await stage.api.call<{ people: { deliveries: unknown[] }[] }>('POST', '/api/simulate', {
    body: { event: body },
  })
  expect(simulated.body.people[0]?.deliveries).toMatchObject([
    { channel: 'EMAIL', status: 'SUPPRESSED', reason: 'preference_off' },
    { channel: 'IN_APP', status: 'DELIVERED' },
  ])
  await stage.api.post(body)
  await waitForEmail(stage, 'off', { status: 'SUPPRESSED' })
  const { body: explained } = await stage.api.call<{ channels: { channel: string }[]; timeline: unknown[] }>(
    'GET',
    '/api/notifications/explained/explain?userId=off',
  )
  expect(explained.channels.find(({ channel }) => channel === 'EMAIL')).toMatchObject({
    outcome: 'not_sent',
    why: [{ code: 'preference_off', detail: 'person, for this channel' }],
    whatWouldChangeIt: expect.stringContaining('PUT /api/preferences'),
  })
  expect(explained.timeline).toMatchObject([{ what: 'accepted' }, { what: 'planned' }, {}, {}, {}])
})
