import { type Problem, problemsOf } from '@carillon/contracts'
import { z } from 'zod'
import { type Answer, answerInvalid } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { findMisspelt } from './find-misspelt.ts'

export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** `schema` is what the documentation shows; `parse` decides. */
export interface BodyReader<Body> {
  readonly schema: z.ZodType
  readonly isOptional: boolean
  /** For the documentation; every example is sent by a test. */
  readonly example?: unknown
  parse(value: unknown): Parsed<Body>
}

export function jsonBody<Body>(
  schema: z.ZodType<Body>,
  { isOptional = false, example }: { readonly isOptional?: boolean; readonly example?: unknown } = {},
): BodyReader<Body> {
  return {
    schema,
    isOptional,
    ...(example !== undefined && { example }),
    parse: (value) => parseWith(schema, value === undefined && isOptional ? {} : value),
  }
}

function parseWith<Value>(schema: z.ZodType<Value>, value: unknown): Parsed<Value> {
  const parsed = schema.safeParse(value)
  const misspelt = schema instanceof z.ZodObject ? findMisspelt(value, schema.shape) : []
  if (parsed.success && misspelt.length === 0) return { ok: true, value: parsed.data }
  return { ok: false, problems: [...misspelt, ...(parsed.success ? [] : problemsOf(parsed.error))] }
}

interface Readers<Params, Query, Body> {
  readonly params: (z.ZodObject & z.ZodType<Params>) | undefined
  readonly query: (z.ZodObject & z.ZodType<Query>) | undefined
  readonly body: BodyReader<Body> | undefined
}

type Inputs<Params, Query, Body> =
  | { readonly ok: true; readonly values: { params: Params; query: Query; body: Body } }
  | { readonly ok: false; readonly answer: Answer }

/** All three together, so that one answer lists everything that is wrong. */
export function parseInputs<Params, Query, Body>(
  readers: Readers<Params, Query, Body>,
  exchange: Exchange,
  json: unknown,
): Inputs<Params, Query, Body> {
  const { params: paramsSchema, query: querySchema, body: reader } = readers
  const params = paramsSchema ? parseWith(paramsSchema, exchange.readParams()) : absent<Params>()
  const query = querySchema ? parseWith(querySchema, readQuery(exchange.request.url)) : absent<Query>()
  const body = reader ? reader.parse(json) : absent<Body>()
  if (params.ok && query.ok && body.ok)
    return { ok: true, values: { params: params.value, query: query.value, body: body.value } }
  return { ok: false, answer: answerInvalid([params, query, body].flatMap((part) => (part.ok ? [] : part.problems))) }
}

/** A part that a route does not declare has the type `undefined` there, which only the caller's type argument knows. */
function absent<Value>(): Parsed<Value> {
  return { ok: true, value: undefined as Value }
}

/** A parameter that is given twice becomes an array, which no schema here takes: nobody guesses which one was meant. */
function readQuery(url: string): Record<string, string | string[]> {
  const given = new URL(url).searchParams
  return Object.fromEntries(
    [...new Set(given.keys())].map((name) => {
      const [first = '', ...more] = given.getAll(name)
      return [name, more.length === 0 ? first : [first, ...more]]
    }),
  )
}
