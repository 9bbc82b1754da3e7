import { problemDocumentSchema } from '@carillon/contracts'
import type { z } from 'zod'
import type { Running } from './find-running.ts'

export interface ApiClient {
  get<Answer>(path: string, schema: z.ZodType<Answer>): Promise<Answer>
  post<Answer>(path: string, body: unknown, schema: z.ZodType<Answer>): Promise<Answer>
}

/** Says what the API said, with every problem that it listed, and what a person can do. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest'
  readonly cure: string

  constructor(message: string, cure: string) {
    super(message)
    this.cure = cure
  }
}

export function createApiClient({ api, apiKey }: Pick<Running, 'api' | 'apiKey'>): ApiClient {
  async function call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${api}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new RefusedRequest(`nothing answers at ${api}`, 'It has stopped or was killed: start ./carillon up again.')
    })
    const answer: unknown = await response.json().catch(() => undefined)
    if (response.ok) return answer
    throw describeRefusal(response.status, answer)
  }
  return {
    get: async (path, schema) => schema.parse(await call('GET', path)),
    post: async (path, body, schema) => schema.parse(await call('POST', path, body)),
  }
}

function describeRefusal(status: number, answer: unknown): RefusedRequest {
  const { title, problems = [] } = problemDocumentSchema.safeParse(answer).data ?? { title: 'the API refused it' }
  const lines = problems.map((problem) => `\n  ${problem.path}: ${problem.message}`)
  const cure =
    status === 422 || status === 400 ? 'Change the event and send it again.' : 'Nothing was sent; try it again.'
  return new RefusedRequest(`${title} (${status})${lines.join('')}`, cure)
}
