import { type FleetStage, readTopic, readTopicEnds } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { guest, OPEN_MS_MAX, openSharedStage, readMails, waitForEmail } from './open-shared-stage.ts'

const EVENTS = 'notification.events'
const DLQ = 'notification.events.dlq'

let stage: FleetStage

beforeAll(async () => {
  stage = await openSharedStage()
}, OPEN_MS_MAX)

afterAll(async () => {
  await stage?.close()
})

const save = (code: string, definition: object) =>
  stage.api.call<{ version: number }>('PUT', `/api/templates/${code}`, { body: { definition } })
const inLocale = (name: string, locale: string) => ({ ...guest(name), locale })

async function readFrozen(recipientId: string) {
  const { rows } = await stage.pool.query(
    'SELECT title, message, content, "templateCode", "templateVersion" FROM "Notification" WHERE "recipientId" = $1',
    [recipientId],
  )
  return rows
}

it('each person gets the text of their language, frozen with the version that was sent', async () => {
  const definition = {
    variables: [{ name: 'number' }, { name: 'city', fallback: 'you' }],
    locales: {
      en: {
        title: 'Parcel {{ number }}',
        message: 'On its way to {{ city }}',
        email: { subject: 'Parcel {{ number }} left', html: '<p>On its way to <b>{{ city }}</b></p>' },
      },
      de: { title: 'Paket {{ number }}', message: 'Unterwegs zu {{ city }}' },
    },
  }
  const { body } = await save('PARCEL', definition)
  const variables = { number: 7, city: 'Köln <b>' }
  const recipients = [inLocale('tpl-en', 'en-GB'), inLocale('tpl-de', 'de-AT')]
  const sent = await stage.api.post({
    type: 'PARCEL',
    templateCode: 'PARCEL',
    variables,
    recipients,
    channels: ['EMAIL'],
  })
  expect(sent.status).toBe(202)
  await waitForEmail(stage, 'tpl-en', { status: 'SENT' })
  await waitForEmail(stage, 'tpl-de', { status: 'SENT' })

  const [english] = await readMails(stage, 'tpl-en@example.com')
  const mail = await stage.smtp.readMail(english?.number ?? 0)
  expect(mail.subject).toBe('Parcel 7 left')
  expect(mail.html).toContain('On its way to <b>Köln &lt;b&gt;</b>')
  const [german] = await readMails(stage, 'tpl-de@example.com')
  expect((await stage.smtp.readMail(german?.number ?? 0)).text).toContain('Unterwegs zu Köln <b>')

  await save('PARCEL', { ...definition, locales: { en: { title: 'Other', message: 'Other' } } })
  expect(await readFrozen('tpl-de')).toEqual([
    {
      title: 'Paket 7',
      message: 'Unterwegs zu Köln <b>',
      content: null,
      templateCode: 'PARCEL',
      templateVersion: body.version,
    },
  ])
})

it('a new version is what the next event is rendered from', async () => {
  for (const title of ['first', 'second']) {
    await save('TWICE', { locales: { en: { title, message: 'm' } } })
    await stage.api.post({
      type: 'X',
      templateCode: 'TWICE',
      recipients: [guest(`twice-${title}`)],
      channels: ['EMAIL'],
    })
    await waitForEmail(stage, `twice-${title}`, { status: 'SENT' })
    expect(await readFrozen(`twice-${title}`)).toMatchObject([{ title }])
  }
})

it('a shipped template is there from the start', async () => {
  const event = { type: 'CODE', templateCode: 'VERIFICATION_CODE', variables: { code: '482913' }, channels: ['EMAIL'] }
  await stage.api.post({ ...event, recipients: [guest('shipped')] })
  await waitForEmail(stage, 'shipped', { status: 'SENT' })
  expect(await readFrozen('shipped')).toMatchObject([
    { templateVersion: 0, content: { SMS: { title: '', text: expect.stringMatching(/^482913 is/) } } },
  ])
})

it('an event that its template refuses stores nothing but its refusal, at either door', async () => {
  const wrong = [
    { type: 'X', templateCode: 'NO_SUCH', recipients: [guest('refused')] },
    { type: 'X', templateCode: 'VERIFICATION_CODE', recipients: [guest('refused')] },
  ]
  for (const event of wrong) expect((await stage.api.post(event)).status).toBe(422)
  const since = await readTopicEnds(stage.kafka, DLQ)
  await stage.producer.publishMany(
    wrong.map((event, index) => ({ topic: EVENTS, value: JSON.stringify({ id: `wrong-${index}`, ...event }) })),
  )
  const letters = await vi.waitFor(
    async () => {
      const found = await readTopic(stage.kafka, DLQ, since)
      if (found.length < 2) throw new Error(`${found.length} letters`)
      return found
    },
    { timeout: 20_000, interval: 100 },
  )
  expect(letters.map(({ headers }) => String(headers['x-reason-code'])).sort()).toEqual([
    'template_not_filled',
    'template_unknown',
  ])
  expect(await readFrozen('refused')).toEqual([])
  const { body } = await stage.api.call('GET', '/api/events/wrong-0')
  expect(body).toMatchObject({ state: 'REFUSED', notifications: 0 })
})
