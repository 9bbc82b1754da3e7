import { templateDefinitionSchema } from '@carillon/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTemplateStore, type TemplateStore } from '../../src/index.ts'
import { buildChunk } from '../build-chunk.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'

let store: TestStore
let templates: TemplateStore
beforeAll(async () => {
  store = await openTestStore()
  templates = createTemplateStore({ pool: store.pool })
})
afterAll(() => store.close())

const define = (title: string) =>
  templateDefinitionSchema.parse({ description: 'A test', locales: { en: { title, message: 'm' }, de: { title } } })
const save = (code: string, title: string, isLive = true, tenantId = 'default') =>
  templates.saveTemplate({ tenantId, code, definition: define(title), note: null, isLive })

describe('stored templates', () => {
  it('number their versions, never change one, and know which is sent', async () => {
    const name = { tenantId: 'default', code: 'HELLO' }
    expect(await save('HELLO', 'one')).toEqual({ version: 1, liveVersion: 1 })
    expect(await save('HELLO', 'two', false)).toEqual({ version: 2, liveVersion: 1 })
    expect(await templates.findTemplate(name)).toEqual({
      code: 'HELLO',
      version: 1,
      liveVersion: 1,
      definition: define('one'),
    })
    expect((await templates.findTemplate(name, 2))?.definition).toEqual(define('two'))
    expect(await templates.publishVersion({ ...name, version: 2 })).toBe(true)
    expect(await templates.readLiveVersions([name, { ...name, tenantId: 'other' }])).toEqual([{ ...name, version: 2 }])
    expect(await templates.readDefinitions([{ ...name, version: 1 }])).toEqual([
      { ...name, version: 1, definition: define('one') },
    ])
    expect(await templates.publishVersion({ ...name, version: 3 })).toBe(false)
    expect(await templates.listTemplates('default')).toMatchObject([
      { code: 'HELLO', version: 2, description: 'A test', locales: ['de', 'en'] },
    ])
  })

  it('that are taken out of use keep their versions and count on from there', async () => {
    const name = { tenantId: 'default', code: 'GONE' }
    await save('GONE', 'one')
    expect(await templates.retireTemplate(name)).toBe(true)
    expect(await templates.retireTemplate(name)).toBe(false)
    expect(await templates.findTemplate(name)).toBeUndefined()
    expect(await templates.readLiveVersions([name])).toEqual([])
    expect(await save('GONE', 'two')).toEqual({ version: 2, liveVersion: 2 })
    expect((await templates.listVersions(name)).map(({ version }) => version)).toEqual([2, 1])
  })

  it('get different versions when they are saved at the same time', async () => {
    const saved = await Promise.all(Array.from({ length: 20 }, (_, index) => save('RACE', `title ${index}`)))
    expect(saved.map((one) => one?.version).toSorted((a = 0, b = 0) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    )
    expect(await templates.listVersions({ tenantId: 'default', code: 'RACE' })).toHaveLength(20)
  })

  it('are at most a thousand a tenant, and those that are there can still be saved', async () => {
    await store.pool.query(
      `INSERT INTO "Template"("tenantId", code, "latestVersion") SELECT 'full', 'T' || i, 1 FROM generate_series(1, 1000) i`,
    )
    expect(await save('ONE_MORE', 'x', true, 'full')).toBeUndefined()
    expect(await save('T7', 'x', true, 'full')).toEqual({ version: 2, liveVersion: 2 })
  })
})

describe('what was rendered', () => {
  it('rests on the notification with its template and version, and is what the worker loads', async () => {
    const chunk = buildChunk({ deliveries: [{ channel: 'EMAIL' }, { channel: 'SMS' }, { channel: 'PUSH' }] })
    const perChannel = {
      EMAIL: { title: 'Subject', html: '<p>Body</p>', text: 'Body' },
      SMS: { title: '', text: 'short', segmentsMax: 3 },
    }
    const content = { title: 'T', message: 'm', perChannel, templateCode: 'HELLO', templateVersion: 2 }
    await store.routing.savePlans({ ...chunk, notifications: chunk.notifications.map((one) => ({ ...one, content })) })
    const [notification] = chunk.notifications
    const { rows } = await store.pool.query(
      'SELECT "templateCode", "templateVersion", content FROM "Notification" WHERE id = $1',
      [notification?.id],
    )
    expect(rows).toEqual([{ templateCode: 'HELLO', templateVersion: 2, content: perChannel }])
    const loaded = await store.delivery.loadDeliveries(notification?.deliveryIds ?? [])
    const contentOf = (channel: string) => loaded.find((one) => one.channel === channel)?.content
    const action = { actionUrl: '/orders/1', actionText: 'Open' }
    expect(contentOf('EMAIL')).toEqual({
      title: 'Subject',
      message: 'Body',
      html: '<p>Body</p>',
      text: 'Body',
      ...action,
    })
    expect(contentOf('SMS')).toEqual({ title: '', message: 'short', segmentsMax: 3, ...action })
    expect(contentOf('PUSH')).toEqual({ title: 'T', message: 'm', ...action })
  })
})
