import type { Schema } from './read-operations.ts'

/** A value that is wrong in one way. `raw` is written into the body as it stands, because no JSON writer would. */
export interface Mutation {
  readonly name: string
  readonly value?: unknown
  readonly raw?: string
}

export const MISSING: Mutation = { name: 'missing' }

const HUGE_TEXT = 'x'.repeat(100_000)
const deep = (levels: number): unknown => (levels === 0 ? [] : [deep(levels - 1)])

export function listMutations(schema: Schema, foreignIds: readonly string[], isQuick: boolean): Mutation[] {
  const all: Mutation[] = [
    MISSING,
    { name: 'null', value: null },
    { name: 'wrong type', value: isText(schema) ? 7 : 'seven' },
    { name: 'object', value: { $gt: '' } },
    { name: 'empty text', value: '' },
    { name: 'wrong enum', value: 'NO_SUCH' },
    { name: 'huge', value: HUGE_TEXT },
    ...foreignIds.map((value) => ({ name: 'foreign id', value })),
    { name: 'foreign ids', value: foreignIds },
    { name: 'NUL', value: 'a\u0000b' },
  ]
  const more: Mutation[] = [
    { name: 'empty list', value: [] },
    { name: 'empty object', value: {} },
    { name: 'many', value: Array(10_000).fill('x') },
    { name: 'deep', value: deep(40) },
    { name: 'negative', value: -1 },
    { name: 'fraction', value: 1.5 },
    { name: 'beyond integers', raw: '9007199254740993' },
    { name: 'beyond numbers', raw: '1e999' },
    { name: 'lone surrogate', raw: '"\\ud800"' },
    { name: 'line break', value: 'a\r\nSet-Cookie: b' },
    { name: 'quote', value: `'; DROP TABLE "Notification"; --` },
    { name: 'template', value: '{{ constructor.constructor("return 1")() }}' },
    { name: 'date that is none', value: '2026-02-31T00:00:00Z' },
    { name: 'far date', value: '+275760-09-13T00:00:00Z' },
    { name: 'path', value: '../../etc/passwd' },
    { name: 'boolean', value: true },
  ]
  return isQuick ? all : [...all, ...more]
}

function isText({ type, anyOf = [] }: Schema): boolean {
  return type === 'string' || (Array.isArray(type) && type.includes('string')) || anyOf.some(isText)
}

/** Where a mutation goes: the way to a field inside the body. */
export type FieldPath = readonly (string | number)[]

/** Every field that the schema names, also those inside objects and lists. */
export function listFields(schema: Schema, path: FieldPath = []): { path: FieldPath; schema: Schema }[] {
  const inside = schema.anyOf?.find(({ type }) => type === 'object') ?? schema
  const ofObject = Object.entries(inside.properties ?? {}).map(([name, one]) => ({
    path: [...path, name],
    schema: one,
  }))
  const ofList = schema.items && path.length < 4 ? [{ path: [...path, 0], schema: schema.items }] : []
  return [...ofObject, ...ofList].flatMap((field) => [field, ...listFields(field.schema, field.path)])
}

const RAW = '"@@raw@@"'

/** The body with one field wrong, as text. */
export function mutateBody(body: unknown, path: FieldPath, { value, raw, name }: Mutation): string {
  const copy: unknown = structuredClone(body)
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => readKey(at, key), copy)
  const last = path.at(-1)
  if (typeof parent === 'object' && parent !== null && last !== undefined) {
    if (name === MISSING.name) Reflect.deleteProperty(parent, last)
    else Reflect.set(parent, last, raw === undefined ? value : '@@raw@@')
  }
  const text = JSON.stringify(copy)
  return raw === undefined ? text : text.replace(RAW, () => raw)
}

function readKey(at: unknown, key: string | number): unknown {
  return typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined
}
