import { parseStrictJson } from '@carillon/contracts'
import { answerProblem, type ProblemAnswer } from './answer.ts'
import { type BodyDeadline, createBodyDeadline } from './body-deadline.ts'

/** Runs before anything looks at the body, and is the only reader of it. */

export type ReadBody = { readonly ok: true; readonly value: unknown; readonly bytes: Uint8Array } | RefusedBody

export type RawBody = { readonly ok: true; readonly bytes: Uint8Array } | RefusedBody

interface RefusedBody {
  readonly ok: false
  readonly answer: ProblemAnswer
}

export interface BodyLimits {
  readonly bodyBytesMax: number
  readonly bodyWaitMs: number
}

const NOTHING = new Uint8Array()
const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i

/** No body at all is `undefined`, whatever its type: whether one is needed is the route's question. */
export async function readStrictBody(request: Request, limits: BodyLimits): Promise<ReadBody> {
  const declared = request.headers.get('content-length')
  const raw = decideByLength(request, declared, limits) ?? judge(await receiveBytes(request, declared, limits), limits)
  if (!raw.ok) return raw
  const { bytes } = raw
  if (bytes.length === 0) return { ok: true, value: undefined, bytes }
  const typeProblem = findTypeProblem(request.headers)
  if (typeProblem) return refuse(415, 'unsupported_media_type', typeProblem)
  const json = parseStrictJson(bytes)
  return json.ok
    ? { ok: true, value: json.value, bytes }
    : refuse(400, 'malformed_json', `The body ${json.problem}.`, [{ path: '', message: json.problem }])
}

/** For what is signed: the bytes as they came, of any type. */
export async function readRawBody(request: Request, limits: BodyLimits): Promise<RawBody> {
  const declared = request.headers.get('content-length')
  return decideByLength(request, declared, limits) ?? judge(await receiveBytes(request, declared, limits), limits)
}

/** What the head alone decides. */
function decideByLength(request: Request, declared: string | null, limits: BodyLimits): RawBody | undefined {
  if (Number(declared) > limits.bodyBytesMax) return refuseSize(limits)
  // To look at `body` makes a stream of it, which costs as much as reading it.
  if (declared === '0' || (declared === null && request.body === null)) return { ok: true, bytes: NOTHING }
  return undefined
}

function judge(bytes: Received, limits: BodyLimits): RawBody {
  if (bytes === 'too_large') return refuseSize(limits)
  if (bytes === 'too_late') return refuse(408, 'body_timeout', 'The body stopped arriving; send it again.')
  return { ok: true, bytes }
}

function findTypeProblem(headers: Headers): string | undefined {
  if (headers.has('content-encoding')) return 'Send the body without Content-Encoding.'
  const type = headers.get('content-type') ?? ''
  return JSON_TYPE.test(type) ? undefined : 'Send the body as Content-Type: application/json, in UTF-8.'
}

type Received = Uint8Array | 'too_large' | 'too_late'

const deadlines = new Map<number, BodyDeadline>()

function deadlineOf(waitMs: number): BodyDeadline {
  const known = deadlines.get(waitMs)
  if (known) return known
  const made = createBodyDeadline(waitMs)
  deadlines.set(waitMs, made)
  return made
}

function receiveBytes(request: Request, declared: string | null, limits: BodyLimits): Promise<Received> {
  // The server holds a body to its declared length, so only one without must be counted here.
  const receiving = declared === null ? countBytes(request, limits.bodyBytesMax) : request.bytes()
  return deadlineOf(limits.bodyWaitMs)<Uint8Array | 'too_large'>(receiving)
}

async function countBytes(request: Request, bytesMax: number): Promise<Uint8Array | 'too_large'> {
  const parts: Uint8Array[] = []
  let total = 0
  for await (const part of request.body ?? []) {
    total += part.length
    if (total > bytesMax) return 'too_large'
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function refuseSize({ bodyBytesMax }: BodyLimits): RefusedBody {
  return refuse(413, 'body_too_large', `The body may have at most ${bodyBytesMax} bytes here; send it in parts.`)
}

function refuse(
  ...[status, code, detail, problems]: [number, ProblemAnswer['code'], string, ProblemAnswer['problems']?]
): RefusedBody {
  return { ok: false, answer: answerProblem(status, code, detail, problems ? { problems } : {}) }
}
