import specs from '@asyncapi/specs'
import { topicDefinitions } from '@carillon/contracts'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { startApi } from '../../test/api-under-test.ts'
import { type Answered, partOfEach } from '../answered.ts'
import { ROUTES } from '../routes.ts'

const get = (path: string) => startApi().call('GET', path, { credential: '' })

describe('the documents', () => {
  it('of the routes is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate((await get('/openapi.json')).json)
    expect(errors).toBeUndefined()
    expect(valid).toBe(true)
  })

  it('shows an example of every body that has fields', async () => {
    const { json } = await get('/openapi.json')
    const without = ROUTES.flatMap(({ method, path }) => {
      const shown = json.paths?.[path]?.[method]?.requestBody?.content?.['application/json']
      const hasFields = Object.keys(shown?.schema?.properties ?? shown?.schema?.anyOf ?? {}).length > 0
      return hasFields && shown?.example === undefined ? [`${method} ${path}`] : []
    })
    expect(without).toEqual([])
  })

  it('of the topics is valid AsyncAPI 3 and names every topic', async () => {
    const { json } = await get('/asyncapi.json')
    const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false })
    const validate = ajv.compile(JSON.parse(JSON.stringify(specs.schemas['3.0.0'])))
    validate(json)
    expect(validate.errors ?? []).toEqual([])
    const addresses = partOfEach(json.channels, 'address')
    expect(addresses.toSorted()).toEqual(
      topicDefinitions()
        .map(({ name }) => name)
        .toSorted(),
    )
    for (const [, reference] of JSON.stringify(json).matchAll(/"\$ref":"#\/([^"]+)"/g))
      expect(reference?.split('/').reduce<Answered | undefined>((at, key) => at?.[key], json)).toBeDefined()
  })
})

describe('the page', () => {
  it('shows every route and every topic', async () => {
    const { status, text } = await get('/docs')
    expect(status).toBe(200)
    for (const { path } of ROUTES) expect(text).toContain(`<code>${path}</code>`)
    for (const { name } of topicDefinitions()) expect(text).toContain(`<code>${name}</code>`)
  })

  it('runs nothing and fetches nothing', async () => {
    const { text, headers } = await get('/docs')
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
    // An example may name an address: shown as text, it is fetched by nobody.
    const besideExamples = text.replaceAll(/<pre tabindex="0">[^<]*<\/pre>/g, '')
    expect(besideExamples).not.toMatch(/<script|<link|<img|@import|url\(|https?:\/\/(?!json-schema)/)
  })
})
