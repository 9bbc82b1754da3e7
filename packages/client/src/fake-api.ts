import { type Carillon, createCarillon } from './create-carillon.ts'

export interface Asked {
  readonly method: string
  readonly path: string
  readonly key: string | null
  readonly authorization: string | null
  readonly body: unknown
}

export interface FakeAnswer {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

export const ACCEPTED: FakeAnswer = {
  status: 202,
  body: { success: true, recipientCount: 1, eventId: 'evt_1', statusUrl: '/api/events/evt_1' },
}

/** For tests: answers one after the other, the last one again and again; `'no answer'` is a broken connection. */
export function openFakeApi(...answers: (FakeAnswer | 'no answer')[]): {
  carillon: Carillon
  asked: Asked[]
  pausesMs: number[]
} {
  const asked: Asked[] = []
  const pausesMs: number[] = []
  const answer = async (input: string | URL | Request, init: RequestInit = {}) => {
    const url = new URL(String(input))
    const headers = new Headers(init.headers)
    asked.push({
      method: init.method ?? 'GET',
      path: url.pathname + url.search,
      key: headers.get('idempotency-key'),
      authorization: headers.get('authorization'),
      body: typeof init.body === 'string' ? JSON.parse(init.body) : undefined,
    })
    const next = answers[Math.min(asked.length, answers.length) - 1] ?? ACCEPTED
    if (next === 'no answer') throw new TypeError('fetch failed')
    const { status = 200, body = {}, headers: more = {} } = next
    return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...more } })
  }
  const carillon = createCarillon({
    url: 'http://api.test/',
    token: 'car_key',
    fetch: Object.assign(answer, { preconnect: () => undefined }),
    sleep: async (ms) => void pausesMs.push(ms),
    random: () => 1,
  })
  return { carillon, asked, pausesMs }
}
