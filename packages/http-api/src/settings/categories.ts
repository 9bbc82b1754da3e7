import { categoriesAnswerSchema, categorySchema, identifier, storedCategorySchema } from '@carillon/contracts'
import { z } from 'zod'
import { answerInvalid, answerJson, answerNotFound } from '../answer.ts'
import { jsonBody } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'
import { findLadderProblems } from './check-ladder-name.ts'

const params = z.object({ code: identifier })
const read = { scope: 'settings:read', people: 'scoped' } as const
const write = { scope: 'settings:write', people: 'scoped' } as const
const notThere = { 404: { description: 'There is none' } }

export const getCategories = defineRoute({
  method: 'get',
  path: '/api/categories',
  access: read,
  summary: 'List what is decided for whole categories of messages',
  answers: { 200: { description: 'In order of their codes', schema: categoriesAnswerSchema } },
  handle: async ({ caller, exchange }) =>
    answerJson(200, { categories: await exchange.ports.settings.listCategories(caller.tenantId) }),
})

export const getCategory = defineRoute({
  method: 'get',
  path: '/api/categories/{code}',
  access: read,
  summary: 'See what is decided for a category',
  params,
  answers: { 200: { description: 'The category', schema: storedCategorySchema }, ...notThere },
  async handle({ caller, params: { code }, exchange }) {
    const category = await exchange.ports.settings.findCategory(caller.tenantId, code)
    return category ? answerJson(200, category) : answerNotFound('category')
  },
})

export const putCategory = defineRoute({
  method: 'put',
  path: '/api/categories/{code}',
  access: write,
  summary: 'Decide for a category of messages',
  description: 'Replaces the whole category; what is absent is as if nobody had decided it.',
  params,
  body: jsonBody(categorySchema, { example: { mandatoryChannels: ['EMAIL'], defaultChannels: ['EMAIL', 'IN_APP'] } }),
  answers: { 200: { description: 'The category as it is now', schema: storedCategorySchema } },
  async handle({ caller: { tenantId }, params: { code }, body, exchange }) {
    const { settings } = exchange.ports
    const problems = await findLadderProblems(settings, tenantId, body.ladderName)
    if (problems.length > 0) return answerInvalid(problems)
    const saved = await settings.saveCategory(tenantId, code, body)
    return saved
      ? answerJson(200, saved)
      : answerInvalid([{ path: 'code', message: 'a tenant may have at most 1,000 categories' }])
  },
})

export const deleteCategory = defineRoute({
  method: 'delete',
  path: '/api/categories/{code}',
  access: write,
  summary: 'Take back what was decided for a category',
  description: 'Events may go on naming it. What was planned stays as it is.',
  params,
  answers: { 200: { description: 'It is gone', schema: z.object({ success: z.literal(true) }) }, ...notThere },
  async handle({ caller, params: { code }, exchange }) {
    const isDeleted = await exchange.ports.settings.deleteCategory(caller.tenantId, code)
    return isDeleted ? answerJson(200, { success: true }) : answerNotFound('category')
  },
})
