import { problemDocumentSchema } from '@carillon/contracts'
import type { OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import { answerJson } from './answer.ts'
import { type DocumentedAnswer, definePublicRoute, type Route } from './route.ts'

export const getDocument = definePublicRoute({
  method: 'get',
  path: '/openapi.json',
  summary: 'This document',
  answers: { 200: { description: 'OpenAPI 3.1', schema: z.record(z.string(), z.unknown()) } },
  handle: async (exchange) => answerJson(200, exchange.describeApi()),
})

type Registry = OpenAPIHono['openAPIRegistry']

const PROBLEM = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }

export function registerRoute(registry: Registry, route: Route): void {
  const { summary, description, params, query, headers, body } = route.documentation
  registry.registerPath({
    method: route.method,
    path: route.path,
    summary,
    ...(description && { description }),
    ...describeAccess(route),
    request: {
      ...(params && { params }),
      ...(query && { query }),
      ...(headers && { headers }),
      ...(body && { body: describeBody(body) }),
    },
    responses: describeAnswers(route),
  })
}

function describeBody({ schema, isOptional, example }: NonNullable<Route['documentation']['body']>) {
  const content = { 'application/json': { schema, ...(example !== undefined && { example }) } }
  return { required: !isOptional, content }
}

function describeAccess({ access }: Route) {
  if (access === 'public') return { security: [] }
  return { security: [{ credential: [access.scope] }], 'x-people': access.people }
}

function describeAnswers({ access, documentation: { answers, body } }: Route) {
  const always: Record<number, string> = { 500: 'The fault is ours', 503: 'Something that the answer needs is away' }
  const guarded: Record<number, string> = {
    401: 'No valid credential',
    403: 'The credential lacks the scope',
    422: 'The request is not valid; every problem is listed',
    429: 'Too many requests; Retry-After says when to go on',
  }
  const withBody: Record<number, string> = {
    400: 'The body is not acceptable JSON',
    408: 'The body did not arrive in time',
    413: 'The body is too large',
    415: 'The body has the wrong type',
  }
  const problems = { ...always, ...(access !== 'public' && guarded), ...(body && withBody) }
  return {
    ...Object.fromEntries(
      Object.entries(problems).map(([status, description]) => [status, { description, content: PROBLEM }]),
    ),
    ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, describeAnswer(answer)])),
  }
}

function describeAnswer({ description, schema, contentType = 'application/json' }: DocumentedAnswer) {
  if (contentType.startsWith('text/'))
    return { description, content: { [contentType]: { schema: { type: 'string' as const } } } }
  return { description, content: schema ? { [contentType]: { schema } } : PROBLEM }
}

export function describeApi(app: OpenAPIHono, version: string): object {
  app.openAPIRegistry.registerComponent('securitySchemes', 'credential', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key of a service (`prefix_id.secret`), or the JWT of a person.',
  })
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Carillon', version, description: 'Notifications: accepted once durable, followed to their end.' },
  })
  const { $schema, ...problem } = z.toJSONSchema(problemDocumentSchema)
  return { ...document, components: { ...document.components, schemas: { Problem: problem } } }
}
