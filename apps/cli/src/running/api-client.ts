import { problemDocumentSchema } from '@carillon/contracts'
import type { z } from 'zod'
import type { Running } from './find-running.ts'

export interface ApiClient {
  get<Answer>(path: string, schema: z.ZodType<Answer>): Promise<Answer>
  post<Answer>(path: string, body: unknown, schema: z.ZodType<Answer>): Promise<Answer>
}

/** Says what the API said, with every problem that it listed. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest'
}

export function createApiClient({ api, apiKey }: Pick<Running, 'api' | 'apiKey'>): ApiClient {
  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${api}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const answer: unknown = await response.json()
    if (response.ok) return answer
    const { title, problems = [] } = problemDocumentSchema.parse(answer)
    const lines = problems.map((problem) => `\n  ${problem.path}: ${problem.message}`)
    throw new RefusedRequest(`${title} (${response.status})${lines.join('')}`)
  }
  return {
    get: async (path, schema) => schema.parse(await call('GET', path)),
    post: async (path, body, schema) => schema.parse(await call('POST', path, body)),
  }
}
