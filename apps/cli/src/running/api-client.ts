import { problemDocumentSchema } from '@carillon/contracts'
import type { z } from 'zod'
import type { Running } from './find-running.ts'

export interface ApiClient {
  get<Answer>(path: string, schema: z.ZodType<Answer>): Promise<Answer>
  post<Answer>(path: string, body: unknown, schema: z.ZodType<Answer>): Promise<Answer>
  put<Answer>(path: string, body: unknown, schema: z.ZodType<Answer>): Promise<Answer>
  delete<Answer>(path: string, schema: z.ZodType<Answer>): Promise<Answer>
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
    put: async (path, body, schema) => schema.parse(await call('PUT', path, body)),
    delete: async (path, schema) => schema.parse(await call('DELETE', path)),
  }
}

function describeRefusal(status: number, answer: unknown): RefusedRequest {
  const { title, problems = [] } = problemDocumentSchema.safeParse(answer).data ?? { title: 'the API refused it' }
  const lines = problems.map((problem) => `\n  ${problem.path}: ${problem.message}`)
  const cure = CURES[status] ?? 'Nothing was changed; try it again.'
  return new RefusedRequest(`${title} (${status})${lines.join('')}`, cure)
}

const CURES: Readonly<Record<number, string>> = {
  400: 'Change what is wrong and send it again.',
  401: 'Set CARILLON_API_KEY to a key that lives; ./carillon keys list shows them.',
  403: 'Use a key with the scope that this needs; ./carillon keys create makes one.',
  404: 'Look whether the id is right, and whether it belongs to this installation.',
  409: 'Look at what is there already; a repeat changes nothing.',
  422: 'Change what is wrong and send it again.',
  429: 'Wait a moment: there is a limit of requests a minute.',
}
