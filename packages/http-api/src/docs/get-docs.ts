import { createHash } from 'node:crypto'
import { z } from 'zod'
import { answerJson } from '../answer.ts'
import { definePublicRoute } from '../route.ts'
import { describeTopics } from './asyncapi.ts'
import { DOCS_STYLE } from './page-style.ts'
import { renderDocs, type ShownApi, type ShownTopics } from './render-docs.ts'

export const getAsyncApi = definePublicRoute({
  method: 'get',
  path: '/asyncapi.json',
  summary: 'The topics, as a document',
  answers: { 200: { description: 'AsyncAPI 3', schema: z.record(z.string(), z.unknown()) } },
  handle: async ({ settings }) => answerJson(200, describeTopics(settings.version)),
})

const styleHash = createHash('sha256').update(DOCS_STYLE).digest('base64')
const HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; frame-ancestors 'none'`,
}

/** Made once: what it shows does not change while the process lives. */
let page: Promise<string> | undefined

export const getDocs = definePublicRoute({
  method: 'get',
  path: '/docs',
  summary: 'This documentation, for people',
  answers: { 200: { description: 'A page that fetches nothing and runs nothing', contentType: 'text/html' } },
  async handle({ describeApi, settings }) {
    // Both come from our own definitions, whose shape the page's types repeat.
    page ??= renderDocs(describeApi() as ShownApi, describeTopics(settings.version) as ShownTopics)
    return { kind: 'text', status: 200, contentType: 'text/html; charset=utf-8', text: await page, headers: HEADERS }
  },
})
