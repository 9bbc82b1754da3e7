import { findJsonError } from './find-json-error.ts'
import { isStorableText } from './text.ts'

/**
 * JSON from outside, with everything refused that two parsers could read differently or that could not be stored and
 * handed back as it came: invalid UTF-8, repeated keys, keys that reach prototypes, NUL, lone surrogates, deep nesting.
 * The runtime's parser does the parsing; one scan of the bytes counts depth and members. Fewer keys in the value than
 * members in the text means that a key was repeated, so the costly search for it runs only when there is one to find.
 */

export type StrictJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string }

export const JSON_DEPTH_MAX = 32

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COLON = 0x3a
const LOWER_U = 0x75
// With the bit 0x20 set, [ and { are one byte, ] and } another.
const OPENING = 0x7b
const CLOSING = 0x7d

const DANGEROUS_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

const decoder = new TextDecoder('utf-8', { fatal: true })

export function parseStrictJson(bytes: Uint8Array): StrictJson {
  const shape = scanShape(bytes)
  if (shape === undefined) return refuse(`is nested more than ${JSON_DEPTH_MAX} levels deep`)
  const text = decodeText(bytes)
  if (text === undefined) return refuse('is not valid UTF-8')
  const parsed = parseText(text)
  if (!parsed.ok) return parsed
  const walk = { keys: 0, checksText: shape.hasUnicodeEscape, problem: undefined }
  walkValue(parsed.value, walk)
  if (walk.problem !== undefined) return refuse(walk.problem)
  return walk.keys === shape.members ? parsed : refuse(`repeats the key ${JSON.stringify(findRepeatedKey(text))}`)
}

function refuse(problem: string): StrictJson {
  return { ok: false, problem }
}

/** Undefined when it is too deep. Valid JSON or not, it ends: what is wrong otherwise is the parser's to say. */
function scanShape(bytes: Uint8Array): { members: number; hasUnicodeEscape: boolean } | undefined {
  let depth = 0
  let members = 0
  let isInText = false
  let hasUnicodeEscape = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (isInText) {
      if (byte === QUOTE) isInText = false
      else if (byte === BACKSLASH && bytes[++at] === LOWER_U) hasUnicodeEscape = true
    } else if (byte === QUOTE) isInText = true
    else if (byte === COLON) members++
    else if ((byte | 0x20) === OPENING) {
      if (++depth > JSON_DEPTH_MAX) return undefined
    } else if ((byte | 0x20) === CLOSING) depth--
  }
  return { members, hasUnicodeEscape }
}

function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

function parseText(text: string): StrictJson {
  try {
    return { ok: true, value: JSON.parse(text) }
  } catch {
    // Not what the parser says: it quotes somebody's text, and names no place.
    return refuse(`is not valid JSON ${findJsonError(text) ?? ''}`.trim())
  }
}

interface Walk {
  keys: number
  readonly checksText: boolean
  problem: string | undefined
}

function walkValue(value: unknown, walk: Walk): void {
  if (typeof value === 'string') {
    // Bytes that are valid UTF-8 and valid JSON hold no NUL and no lone surrogate but by an escape.
    if (walk.checksText && !isStorableText(value)) walk.problem = 'contains NUL or a lone surrogate'
  } else if (typeof value === 'number') {
    // 1e999 parses to Infinity and would be handed on as null.
    if (!Number.isFinite(value)) walk.problem = 'has a number that is too large'
  } else if (Array.isArray(value)) {
    for (const item of value) walkValue(item, walk)
  } else if (typeof value === 'object' && value !== null) {
    for (const key of Object.keys(value)) {
      walk.keys++
      if (DANGEROUS_KEYS.has(key)) walk.problem = `has a key ${JSON.stringify(key)}, which is not allowed`
      if (walk.checksText && !isStorableText(key)) walk.problem = 'contains NUL or a lone surrogate'
      walkValue(Reflect.get(value, key), walk)
    }
  }
}

/** The text is valid JSON here. */
function findRepeatedKey(text: string): string | undefined {
  const keysByDepth: Set<string>[] = []
  for (const [token, , colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*(:))?|[{}[\]]/g)) {
    if (token === '{' || token === '[') keysByDepth.push(new Set())
    else if (token === '}' || token === ']') keysByDepth.pop()
    else if (colon !== undefined) {
      const key: unknown = JSON.parse(token.replace(/\s*:$/, ''))
      const keys = keysByDepth.at(-1)
      if (typeof key !== 'string' || keys === undefined) continue
      if (keys.has(key)) return key
      keys.add(key)
    }
  }
  return undefined
}
