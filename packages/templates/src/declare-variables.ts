import type { TemplateDefinition } from '@carillon/contracts'
import type { DeclaredVariable } from './render-template.ts'

export type { DeclaredVariable } from './render-template.ts'

export type Variables = Readonly<Record<string, unknown>>

/** The fallback is left out where none is declared, not set to undefined. */
export function declareVariables({ variables }: TemplateDefinition): readonly DeclaredVariable[] {
  return variables.map(({ name, fallback }) => ({ name, ...(fallback !== undefined && { fallback }) }))
}

/** The declared variables that the data lacks and that have no fallback, by own properties only. */
export function findMissingVariables(variables: readonly DeclaredVariable[], data: Variables): readonly string[] {
  return variables.filter((one) => one.fallback === undefined && isAbsent(data, one.name)).map(({ name }) => name)
}

function isAbsent(data: Variables, name: string): boolean {
  const value = name.split('.').reduce<unknown>(readPart, data)
  return value === undefined || value === null
}

function readPart(at: unknown, key: string): unknown {
  return typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? Reflect.get(at, key) : undefined
}

/** What a preview is rendered with: what was given, and a sample or the name itself where nothing was. */
export function fillSamples({ variables }: TemplateDefinition, given: Variables): Variables {
  return variables.reduce<Variables>((filled, { name, sample, fallback }) => {
    if (!isAbsent(filled, name)) return filled
    return place(filled, name.split('.'), sample ?? fallback ?? `[${name}]`)
  }, given)
}

function place(data: Variables, [key = '', ...rest]: readonly string[], value: unknown): Variables {
  if (rest.length === 0) return { ...data, [key]: value }
  const part = Object.hasOwn(data, key) ? data[key] : undefined
  if (part !== undefined && part !== null && !isRecord(part)) return data
  return { ...data, [key]: place(part ?? {}, rest, value) }
}

function isRecord(value: unknown): value is Variables {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
