import {
  identifier,
  lineOfText,
  type Problem,
  parseSegmentRule,
  problemsOf,
  type SegmentRule,
} from '@carillon/contracts'
import { z } from 'zod'
import { answerJson, answerNotFound } from '../answer.ts'
import type { BodyReader } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'
import type { StoredSegment } from './audience-ports.ts'

const params = z.object({ code: identifier })
const ruleSchema = z.record(z.string(), z.unknown())
const fieldsSchema = z.object({ name: lineOfText(128).nullish() })

const segmentSchema = z.object({
  code: z.string(),
  name: z.string().nullable(),
  rule: ruleSchema,
  updatedAt: z.iso.datetime(),
})
const countedSchema = segmentSchema.extend({ people: z.number().int() })

interface SegmentInput {
  readonly name: string | null
  readonly rule: SegmentRule
}

/** The rule has a reader of its own, which says all that is wrong and where. */
const body: BodyReader<SegmentInput> = {
  schema: fieldsSchema.extend({ rule: ruleSchema }),
  isOptional: false,
  example: {
    name: 'Customers in Berlin',
    rule: { all: [{ role: 'customer' }, { attribute: 'city', is: 'Berlin' }] },
  },
  parse(value) {
    const fields = fieldsSchema.safeParse(value)
    const given = typeof value === 'object' && value !== null && 'rule' in value ? value.rule : undefined
    const rule = parseSegmentRule(given)
    if (fields.success && rule.ok) return { ok: true, value: { name: fields.data.name ?? null, rule: rule.rule } }
    const problems: Problem[] = [...(fields.success ? [] : problemsOf(fields.error)), ...(rule.ok ? [] : rule.problems)]
    return { ok: false, problems }
  },
}

export const putSegment = defineRoute({
  method: 'put',
  path: '/api/segments/{code}',
  access: { scope: 'audiences:write', people: 'scoped' },
  summary: 'Save a segment: a rule over roles and attributes',
  description:
    'A rule is `{ all: [rules] }`, `{ any: [rules] }`, `{ not: rule }`, `{ role }`, or `{ attribute }` with one of `is`, ' +
    '`isOneOf`, `contains`, `atLeast`, `atMost`, `exists`. Six levels and fifty conditions at most. `people` is how many ' +
    'it means now.',
  params,
  body,
  answers: { 200: { description: 'The segment', schema: countedSchema } },
  async handle({ caller: { tenantId }, params: { code }, body: segment, exchange: { ports } }) {
    const stored = await ports.audiences.saveSegment(tenantId, { code, ...segment })
    const people = await ports.audiences.countPeople(tenantId, stored.rule)
    return answerJson(200, { ...describeSegment(stored), people })
  },
})

export const getSegment = defineRoute({
  method: 'get',
  path: '/api/segments/{code}',
  access: { scope: 'audiences:read', people: 'scoped' },
  summary: 'See a segment, and how many people it means now',
  params,
  answers: { 200: { description: 'The segment', schema: countedSchema }, 404: { description: 'There is none' } },
  async handle({ caller: { tenantId }, params: { code }, exchange: { ports } }) {
    const stored = await ports.audiences.findSegment(tenantId, code)
    if (!stored) return answerNotFound('segment')
    const people = await ports.audiences.countPeople(tenantId, stored.rule)
    return answerJson(200, { ...describeSegment(stored), people })
  },
})

export const getSegments = defineRoute({
  method: 'get',
  path: '/api/segments',
  access: { scope: 'audiences:read', people: 'scoped' },
  summary: 'List the segments',
  answers: {
    200: { description: 'In the order of their codes', schema: z.object({ segments: z.array(segmentSchema) }) },
  },
  async handle({ caller: { tenantId }, exchange: { ports } }) {
    return answerJson(200, { segments: (await ports.audiences.listSegments(tenantId)).map(describeSegment) })
  },
})

export const deleteSegment = defineRoute({
  method: 'delete',
  path: '/api/segments/{code}',
  access: { scope: 'audiences:write', people: 'scoped' },
  summary: 'Remove a segment',
  description: 'An event that is being planned goes on with the rule that it began with.',
  params,
  answers: {
    200: { description: 'It is gone', schema: z.object({ success: z.literal(true) }) },
    404: { description: 'There is none' },
  },
  async handle({ caller: { tenantId }, params: { code }, exchange: { ports } }) {
    const isRemoved = await ports.audiences.removeSegment(tenantId, code)
    return isRemoved ? answerJson(200, { success: true }) : answerNotFound('segment')
  },
})

function describeSegment({ code, name, rule, updatedAt }: StoredSegment) {
  return { code, name, rule, updatedAt: updatedAt.toISOString() }
}
