import { templateDefinitionSchema } from '@carillon/contracts'
import { beforeEach, expect, it } from 'vitest'
import { createTemplateCatalogue, type TemplateSource, templateKey } from './template-catalogue.ts'

const asked: string[] = []
const live = new Map<string, number>()
let pauseAfterVersions = async () => {}

const source: TemplateSource = {
  async readLiveVersions(names) {
    asked.push(`versions ${names.map(({ code }) => code).join(' ')}`)
    const found = names.flatMap((name) => {
      const version = live.get(name.code)
      return version === undefined ? [] : [{ ...name, version }]
    })
    await pauseAfterVersions()
    return found
  },
  async readDefinitions(names) {
    asked.push(`definitions ${names.map(({ code, version }) => `${code}@${version}`).join(' ')}`)
    return names.map((name) => ({ ...name, definition: define(name.version) }))
  },
}

function define(version: number) {
  return templateDefinitionSchema.parse({ locales: { en: { title: `version ${version}`, message: 'm'.repeat(100) } } })
}

beforeEach(() => {
  asked.length = 0
  live.clear()
  live.set('A', 1).set('B', 1)
  pauseAfterVersions = async () => {}
})

async function find(catalogue: ReturnType<typeof createTemplateCatalogue>, ...codes: string[]) {
  const found = await catalogue.findTemplates(codes.map((code) => ({ tenantId: 't1', code })))
  return codes.map((code) => found.get(templateKey({ tenantId: 't1', code }))?.version)
}

it('loads a version once, and another one as soon as it is live', async () => {
  const catalogue = createTemplateCatalogue(source)
  expect(await find(catalogue, 'A', 'A')).toEqual([1, 1])
  expect(await find(catalogue, 'A')).toEqual([1])
  live.set('A', 2)
  expect(await find(catalogue, 'A')).toEqual([2])
  expect(asked.filter((line) => line.startsWith('definitions'))).toEqual(['definitions A@1', 'definitions A@2'])
})

it('asks for nothing where no template is named', async () => {
  expect(await find(createTemplateCatalogue(source))).toEqual([])
  expect(asked).toEqual([])
})

it('has the shipped one where the tenant has none, and nothing where nobody has', async () => {
  const catalogue = createTemplateCatalogue(source)
  expect(await find(catalogue, 'WELCOME', 'NOBODY', 'constructor')).toEqual([0, undefined, undefined])
  live.set('WELCOME', 7)
  expect(await find(catalogue, 'WELCOME')).toEqual([7])
})

it('holds no more than its bound, and still answers a batch that is larger', async () => {
  const catalogue = createTemplateCatalogue(source, { charactersMax: 150 })
  expect(await find(catalogue, 'A', 'B')).toEqual([1, 1])
  asked.length = 0
  expect(await find(catalogue, 'B')).toEqual([1])
  expect(await find(catalogue, 'A')).toEqual([1])
  expect(asked.filter((line) => line.startsWith('definitions'))).toEqual(['definitions A@1'])
})

it('keeps what a batch needs while another batch pushes it out', async () => {
  const catalogue = createTemplateCatalogue(source, { charactersMax: 150 })
  await find(catalogue, 'A')
  const reached = Promise.withResolvers<void>()
  pauseAfterVersions = async () => {
    pauseAfterVersions = async () => {}
    reached.resolve()
    await find(catalogue, 'B')
  }
  expect(await find(catalogue, 'A', 'B')).toEqual([1, 1])
  await reached.promise
})

it('takes a version to be live for as long as it is told to, and not longer', async () => {
  let nowMs = 0
  const catalogue = createTemplateCatalogue(source, { freshMs: 1_000, nowMs: () => nowMs })
  await find(catalogue, 'A')
  live.set('A', 2)
  nowMs = 999
  expect(await find(catalogue, 'A')).toEqual([1])
  nowMs = 1_001
  expect(await find(catalogue, 'A')).toEqual([2])
  expect(await find(catalogue, 'NEW')).toEqual([undefined])
  live.set('NEW', 1)
  expect(await find(catalogue, 'NEW')).toEqual([1])
})
