import { buildSample, isNamed } from './build-samples.ts'
import { listFields, listMutations, MISSING, type Mutation, mutateBody } from './mutate.ts'
import type { Operation, Parameter, Schema } from './read-operations.ts'

export interface PlannedRequest {
  readonly operation: Operation
  /** What is wrong with it, or `valid`. */
  readonly what: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

export interface Ids {
  /** By the path that an id stands in: ids that the caller may use, so that a valid request finds something. */
  readonly own: (path: string) => readonly string[]
  /** Another tenant's. */
  readonly foreign: readonly string[]
}

/** Valid requests first, the least and the most that the schema takes; then one thing wrong at a time. */
export function planRequests(operation: Operation, ids: Ids, isQuick: boolean): PlannedRequest[] {
  const own = ids.own(operation.path)
  const valid = [false, true].flatMap((isFull) =>
    own.map((id) => {
      const body = operation.body && buildSample(operation.body, '', isFull)
      return { id, isFull, body }
    }),
  )
  // An example says what no schema can: which fields go together.
  const examples = operation.examples.flatMap((body) => own.map((id) => ({ id, isFull: false, body })))
  const base = examples[0] ?? valid.at(-1)
  const requests = [...examples, ...valid].map(({ id, isFull, body }) =>
    toRequest(
      operation,
      examples.some((one) => one.body === body) ? 'example' : 'valid',
      readValues(operation, id, isFull),
      body === undefined ? undefined : JSON.stringify(body),
    ),
  )
  if (base === undefined) return requests
  const values = readValues(operation, base.id, false)
  const json = base.body === undefined ? undefined : JSON.stringify(base.body)
  const ofParameters = operation.parameters.flatMap((parameter) =>
    listMutations(parameter.schema, ids.foreign, isQuick).flatMap((mutation) => {
      const value = spellParameter(parameter, mutation)
      if (value === 'impossible') return []
      const what = `${parameter.name}: ${mutation.name}`
      return [toRequest(operation, what, new Map([...values, [parameter, value]]), json)]
    }),
  )
  return [...requests, ...ofParameters, ...planBodies(operation, base.body, values, ids, isQuick)]
}

type Values = ReadonlyMap<Parameter, string | undefined>

function planBodies(operation: Operation, body: unknown, values: Values, ids: Ids, isQuick: boolean): PlannedRequest[] {
  const { body: schema } = operation
  if (schema === undefined) return []
  const whole = WHOLE_BODIES.map(([what, text]) => toRequest(operation, `body: ${what}`, values, text))
  const fields = listFields(schema).flatMap(({ path, schema: field }) =>
    listMutations(field, ids.foreign, isQuick).map((mutation) =>
      toRequest(operation, `${path.join('.')}: ${mutation.name}`, values, mutateBody(body, path, mutation)),
    ),
  )
  return [...whole, ...fields]
}

const WHOLE_BODIES: readonly [string, string | undefined][] = [
  ['missing', undefined],
  ['null', 'null'],
  ['list', '[]'],
  ['text', '"x"'],
  ['no JSON', '{'],
  ['repeated key', '{"a":1,"a":2}'],
  ['dangerous key', '{"__proto__":{"isAdmin":true}}'],
  ['huge', `{"a":"${'x'.repeat(5 * 1_048_576)}"}`],
]

function readValues({ parameters }: Operation, id: string, isFull: boolean): Values {
  return new Map(
    parameters.map((parameter) => {
      const { name, schema, required = false } = parameter
      if (parameter.in === 'path')
        return [parameter, isChoice(schema) || isNamed(name) ? String(buildSample(schema, name, true)) : id]
      return [parameter, required || (isFull && isSimple(name)) ? String(buildSample(schema, name, true)) : undefined]
    }),
  )
}

// A cursor cannot be made up: that it is refused is a mutation.
function isSimple(name: string): boolean {
  return name !== 'cursor'
}

function isChoice({ enum: choices }: Schema): boolean {
  return choices !== undefined
}

const HEADER_LENGTH_MAX = 4_000

/** HTTP itself cannot carry everything: what its own client refuses never reaches us. */
function spellParameter(parameter: Parameter, { name, value, raw }: Mutation): string | undefined {
  if (name === MISSING.name) return parameter.in === 'path' ? 'impossible' : undefined
  const text = raw ?? (typeof value === 'object' ? JSON.stringify(value) : String(value))
  const short = text.slice(0, HEADER_LENGTH_MAX)
  if (parameter.in === 'header') return /^[\x20-\x7e]+$/.test(short) ? short : 'impossible'
  if (parameter.in === 'path' && (short === '' || short.includes('..'))) return 'impossible'
  return short
}

function toRequest(operation: Operation, what: string, values: Values, body: string | undefined): PlannedRequest {
  let url = operation.path
  const query = new URLSearchParams()
  const headers: Record<string, string> = {}
  for (const [{ name, in: place }, value] of values) {
    if (value === undefined) continue
    if (place === 'path') url = url.replace(`{${name}}`, encodeURIComponent(value.toWellFormed()))
    else if (place === 'query') query.set(name, value)
    else headers[name] = value
  }
  const search = query.size > 0 ? `?${query}` : ''
  return { operation, what, url: `${url}${search}`, headers, body }
}
