import { SHIPPED_TEMPLATES } from '@carillon/templates'
import { describe, expect, it } from 'vitest'
import { EVENT, startApi } from '../../test/api-under-test.ts'
import { partOfEach } from '../answered.ts'

const HELLO = {
  variables: [{ name: 'name', sample: 'Ann' }],
  locales: {
    en: { title: 'Hello', message: 'Hello {{ name }}', sms: { text: 'Hi {{ name }}', segmentsMax: 3 } },
    de: { title: 'Hallo', message: 'Hallo {{ name }}' },
  },
}
const save = (api: ReturnType<typeof startApi>, body: unknown, code = 'HELLO') =>
  api.call('PUT', `/api/templates/${code}`, { body })
const send = (api: ReturnType<typeof startApi>, change: Record<string, unknown>) =>
  api.call('POST', '/api/notifications', { body: { ...EVENT, message: undefined, title: undefined, ...change } })

describe('templates', () => {
  it('are versions that never change, and the last published one is sent', async () => {
    const api = startApi()
    expect((await save(api, { definition: HELLO, note: 'first' })).json).toMatchObject({ version: 1, liveVersion: 1 })
    const second = { ...HELLO, locales: { en: { title: 'Hey', message: 'Hey {{ name }}' } } }
    expect((await save(api, { definition: second, publish: false })).json).toMatchObject({ version: 2, liveVersion: 1 })
    const live = async () => (await api.call('GET', '/api/templates/HELLO')).json.definition?.locales?.en?.title
    expect(await live()).toBe('Hello')
    await api.call('POST', '/api/templates/HELLO/publish', { body: { version: 2 } })
    expect(await live()).toBe('Hey')
    await api.call('POST', '/api/templates/HELLO/publish', { body: { version: 1 } })
    expect(await live()).toBe('Hello')
    expect((await api.call('GET', '/api/templates/HELLO/versions')).json).toMatchObject({
      liveVersion: 1,
      versions: [{ version: 2 }, { version: 1, note: 'first' }],
    })
    expect((await api.call('POST', '/api/templates/HELLO/publish', { body: { version: 9 } })).status).toBe(404)
  })

  it('of a tenant take the place of the shipped one with the same code, until they are deleted', async () => {
    const api = startApi()
    const find = async () => (await api.call('GET', '/api/templates/WELCOME')).json
    expect(await find()).toMatchObject({ origin: 'shipped', version: 0 })
    await save(api, { definition: HELLO }, 'WELCOME')
    expect(await find()).toMatchObject({ origin: 'own', version: 1 })
    const { templates } = (await api.call('GET', '/api/templates')).json
    expect(Object.values(templates ?? {}).filter((one) => String(one?.code) === 'WELCOME')).toMatchObject([
      { origin: 'own' },
    ])
    expect((await api.call('DELETE', '/api/templates/WELCOME')).status).toBe(200)
    expect(await find()).toMatchObject({ origin: 'shipped' })
    expect((await api.call('DELETE', '/api/templates/WELCOME')).status).toBe(404)
  })

  it('of one tenant are not there for another', async () => {
    const api = startApi()
    await save(api, { definition: HELLO })
    const credential = api.addKey(undefined, 't2').token
    expect((await api.call('GET', '/api/templates/HELLO', { credential })).status).toBe(404)
  })

  it.each([
    ['an undeclared variable', { en: { title: 'x', message: '{{ nobody }}' } }, ['definition.locales.en.message']],
    [
      'no template',
      { en: { title: '{% if %}', message: '{{ name' } },
      ['definition.locales.en.title', 'definition.locales.en.message'],
    ],
    [
      'a language without its default',
      { de: { title: 'x' } },
      ['definition.locales.en.title', 'definition.locales.en.message'],
    ],
    ['a language that is none', { en: HELLO.locales.en, 'not a tag': {} }, ['definition.locales.not a tag']],
    ['a line break in a title', { en: { title: 'a\nb', message: 'm' } }, ['definition.locales.en.title']],
    [
      'too many segments',
      { en: { title: 'a', message: 'm', sms: { text: 'x', segmentsMax: 11 } } },
      ['definition.locales.en.sms.segmentsMax'],
    ],
  ])('with %s are refused with every problem, and nothing is saved', async (_name, locales, paths) => {
    const api = startApi()
    const answer = await save(api, { definition: { ...HELLO, locales } })
    expect(answer.status).toBe(422)
    expect(partOfEach(answer.json.problems, 'path')).toEqual(paths)
    expect((await api.call('GET', '/api/templates/HELLO')).status).toBe(404)
  })

  it('show what each channel would send, with samples for what is not given', async () => {
    const api = startApi()
    await save(api, { definition: HELLO })
    const { json } = await api.call('POST', '/api/templates/HELLO/preview', { body: {} })
    expect(json).toMatchObject({
      locale: 'en',
      inApp: { title: 'Hello', message: 'Hello Ann' },
      email: { subject: 'Hello' },
      sms: { text: 'Hi Ann', segments: 1, segmentsMax: 3 },
      push: { title: 'Hello', body: 'Hello Ann' },
    })
    expect(json.email?.html).toContain('Hello Ann')
    const german = await api.call('POST', '/api/templates/HELLO/preview', {
      body: { locale: 'de-AT', variables: { name: 'Ben' } },
    })
    expect(german.json).toMatchObject({ locale: 'de', sms: { text: 'Hallo: Hallo Ben' } })
  })

  it('can be previewed before they are saved', async () => {
    const preview = (definition: unknown) =>
      startApi().call('POST', '/api/templates/NEW/preview', { body: { definition } })
    expect((await preview(HELLO)).json).toMatchObject({ version: null, inApp: { message: 'Hello Ann' } })
    expect((await preview({ ...HELLO, variables: [] })).status).toBe(422)
    expect((await startApi().call('POST', '/api/templates/NEW/preview', { body: {} })).status).toBe(404)
  })
})

describe('an event that names a template', () => {
  it('is accepted in the moment the template was saved, and published by its name', async () => {
    const api = startApi()
    expect((await send(api, { templateCode: 'HELLO' })).status).toBe(422)
    await save(api, { definition: HELLO })
    expect((await send(api, { templateCode: 'HELLO', variables: { name: 'Ann' } })).status).toBe(202)
    expect(JSON.parse(api.published[0]?.value ?? '')).toMatchObject({ templateCode: 'HELLO' })
  })

  it('is refused with every variable that is missing, and nothing is published', async () => {
    const api = startApi()
    const variables = [{ name: 'a' }, { name: 'b.c' }, { name: 'd', fallback: 'x' }]
    await save(api, { definition: { variables, locales: { en: { title: 'T', message: '{{ a }}{{ b.c }}{{ d }}' } } } })
    const answer = await send(api, { templateCode: 'HELLO', variables: { b: {} } })
    expect([answer.status, answer.json.code]).toEqual([422, 'invalid_event'])
    expect(partOfEach(answer.json.problems, 'path')).toEqual(['variables.a', 'variables.b.c'])
    expect(api.published).toEqual([])
  })

  it.each(Object.entries(SHIPPED_TEMPLATES))(
    '%s with nothing to fill it is refused where it needs something',
    async (code, { variables }) => {
      const api = startApi()
      const needed = variables.flatMap(({ name, fallback }) => (fallback === undefined ? [`variables.${name}`] : []))
      const answer = await send(api, { templateCode: code, variables: {} })
      expect([answer.status, partOfEach(answer.json.problems, 'path')]).toEqual([needed.length > 0 ? 422 : 202, needed])
      expect(api.published.length).toBe(needed.length > 0 ? 0 : 1)
    },
  )
})
