import {
  identifier,
  previewTemplateSchema,
  publishTemplateSchema,
  saveTemplateSchema,
  type TemplateSummary,
  templateAnswerSchema,
  templatePreviewSchema,
  templatesAnswerSchema,
  templateVersionsAnswerSchema,
} from '@carillon/contracts'
import { checkDefinition, findShipped, SHIPPED_TEMPLATES, type TemplateName } from '@carillon/templates'
import { z } from 'zod'
import { answerInvalid, answerJson, answerNotFound } from '../answer.ts'
import { jsonBody } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'
import { previewTemplate } from './preview-template.ts'
import type { LiveTemplate, StoredTemplate, TemplateAdmin } from './template-ports.ts'

const params = z.object({ code: identifier })
const read = { scope: 'templates:read', people: 'scoped' } as const
const write = { scope: 'templates:write', people: 'scoped' } as const
const notThere = { 404: { description: 'There is none' } }

export const getTemplates = defineRoute({
  method: 'get',
  path: '/api/templates',
  access: read,
  summary: 'List the templates that events may name',
  description: 'The tenant’s own, and the shipped ones that none of its own has replaced.',
  answers: { 200: { description: 'In order of their codes', schema: templatesAnswerSchema } },
  async handle({ caller, exchange }) {
    const own = (await exchange.ports.templates.admin.listTemplates(caller.tenantId)).map(describeOwn)
    const codes = new Set(own.map(({ code }) => code))
    const shipped = Object.keys(SHIPPED_TEMPLATES).flatMap((code) => (codes.has(code) ? [] : describeShipped(code)))
    const templates = [...own, ...shipped].sort((a, b) => (a.code < b.code ? -1 : 1))
    return answerJson(200, { templates })
  },
})

export const getTemplate = defineRoute({
  method: 'get',
  path: '/api/templates/{code}',
  access: read,
  summary: 'See the template that is sent, or another version of it',
  params,
  query: z.object({ version: z.coerce.number().int().min(0).optional() }),
  answers: { 200: { description: 'The template', schema: templateAnswerSchema }, ...notThere },
  async handle({ caller, params: { code }, query: { version }, exchange }) {
    const found = await findTemplate(exchange.ports.templates.admin, { tenantId: caller.tenantId, code }, version)
    return found ? answerJson(200, found) : answerNotFound('template')
  },
})

export const putTemplate = defineRoute({
  method: 'put',
  path: '/api/templates/{code}',
  access: write,
  summary: 'Save a new version of a template',
  description:
    'Every save is a version that never changes. It is what is sent from then on unless `publish` is false. Each text is ' +
    'checked: it must parse, and every variable that it uses must be declared.',
  params,
  body: jsonBody(saveTemplateSchema, {
    example: {
      note: 'first version',
      definition: {
        variables: [{ name: 'orderNumber', sample: 'A-1' }],
        locales: { en: { title: 'Order {{ orderNumber }}', message: 'Your order {{ orderNumber }} is on its way' } },
      },
    },
  }),
  answers: { 200: { description: 'The version as it was saved', schema: templateAnswerSchema } },
  async handle({ caller, params: { code }, body: { definition, note, publish }, exchange }) {
    const problems = checkDefinition(definition).map(({ path, message }) => ({ path: `definition.${path}`, message }))
    if (problems.length > 0) return answerInvalid(problems)
    const template = { tenantId: caller.tenantId, code, definition, note: note ?? null, isLive: publish }
    const saved = await exchange.ports.templates.admin.saveTemplate(template)
    if (!saved) return answerInvalid([{ path: 'code', message: 'a tenant may have at most 1,000 templates' }])
    return answerJson(200, { code, origin: 'own', ...saved, definition })
  },
})

export const deleteTemplate = defineRoute({
  method: 'delete',
  path: '/api/templates/{code}',
  access: write,
  summary: 'Take a template out of use',
  description:
    'Events that name it are refused from then on, or get the shipped one of that code. Its versions are kept: ' +
    'publishing one brings it back.',
  params,
  answers: { 200: { description: 'It is out of use', schema: z.object({ success: z.literal(true) }) }, ...notThere },
  async handle({ caller, params: { code }, exchange }) {
    const isRetired = await exchange.ports.templates.admin.retireTemplate({ tenantId: caller.tenantId, code })
    return isRetired ? answerJson(200, { success: true }) : answerNotFound('template')
  },
})

export const getTemplateVersions = defineRoute({
  method: 'get',
  path: '/api/templates/{code}/versions',
  access: read,
  summary: 'List the versions of a template, the newest first',
  params,
  answers: { 200: { description: 'At most 200', schema: templateVersionsAnswerSchema }, ...notThere },
  async handle({ caller, params: { code }, exchange }) {
    const rows = await exchange.ports.templates.admin.listVersions({ tenantId: caller.tenantId, code })
    const [first] = rows
    if (!first) return answerNotFound('template')
    const versions = rows.map(({ version, note, createdAt }) => ({ version, note, createdAt: createdAt.toISOString() }))
    return answerJson(200, { code, liveVersion: first.liveVersion, versions })
  },
})

export const publishTemplate = defineRoute({
  method: 'post',
  path: '/api/templates/{code}/publish',
  access: write,
  summary: 'Choose the version that is sent: a new one, or an older one again',
  params,
  body: jsonBody(publishTemplateSchema, { example: { version: 1 } }),
  answers: { 200: { description: 'That version is sent from now on', schema: templateAnswerSchema }, ...notThere },
  async handle({ caller, params: { code }, body: { version }, exchange }) {
    const { admin } = exchange.ports.templates
    const name = { tenantId: caller.tenantId, code }
    if (!(await admin.publishVersion({ ...name, version }))) return answerNotFound('version')
    const found = await findTemplate(admin, name, version)
    return found ? answerJson(200, found) : answerNotFound('version')
  },
})

export const postTemplatePreview = defineRoute({
  method: 'post',
  path: '/api/templates/{code}/preview',
  access: read,
  summary: 'See what each channel would send',
  description:
    'Of the template that is sent, of another version, or of a `definition` that is not saved yet. Variables that are ' +
    'not given show their sample.',
  params,
  body: jsonBody(previewTemplateSchema, { isOptional: true, example: { variables: { orderNumber: 'B-2' } } }),
  answers: { 200: { description: 'The texts of each channel', schema: templatePreviewSchema }, ...notThere },
  async handle({ caller, params: { code }, body: { definition, version, locale, variables }, exchange }) {
    const { admin, previewers } = exchange.ports.templates
    const problems = definition ? checkDefinition(definition) : []
    if (problems.length > 0)
      return answerInvalid(problems.map(({ path, message }) => ({ path: `definition.${path}`, message })))
    const stored = definition ? undefined : await findTemplate(admin, { tenantId: caller.tenantId, code }, version)
    const shown = definition ?? stored?.definition
    if (!shown) return answerNotFound('template')
    const request = { code, version: stored?.version ?? null, definition: shown, locale, variables }
    const result = await previewTemplate(request, previewers)
    return result.ok ? answerJson(200, result.preview) : answerInvalid(result.problems)
  },
})

type FoundTemplate = StoredTemplate & { readonly origin: 'own' | 'shipped' }

/** Version 0 is the shipped one, also where the tenant has its own. */
async function findTemplate(
  admin: TemplateAdmin,
  name: TemplateName,
  version?: number,
): Promise<FoundTemplate | undefined> {
  const own = version === 0 ? undefined : await admin.findTemplate(name, version)
  if (own) return { ...own, origin: 'own' }
  const shipped = version === undefined || version === 0 ? findShipped(name.code) : undefined
  return (
    shipped && { code: name.code, version: 0, origin: 'shipped', liveVersion: null, definition: shipped.definition }
  )
}

function describeOwn({ code, version, description, locales, updatedAt }: LiveTemplate): TemplateSummary {
  return { code, version, origin: 'own', description, locales: [...locales], updatedAt: updatedAt.toISOString() }
}

function describeShipped(code: string): TemplateSummary[] {
  const shipped = findShipped(code)
  if (!shipped) return []
  const { description = null, locales } = shipped.definition
  return [{ code, version: 0, origin: 'shipped', description, locales: Object.keys(locales), updatedAt: null }]
}
