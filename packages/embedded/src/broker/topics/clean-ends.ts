import { existsSync, readFileSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { CleanEnd } from '../log/log-state.ts'
import { replaceFile } from '../storage/replace-file.ts'

// Written by a clean close, taken (and removed) by the next start: where every log ended. A start that does not find it
// reads the ends of the logs instead.
const count = z.number().int()
const cleanEndsSchema = z.record(
  z.string(),
  z.object({
    base: count,
    bytes: count,
    endOffset: count,
    producers: z.array(
      z.tuple([
        count,
        z.object({
          epoch: count,
          batches: z.array(z.object({ firstSequence: count, lastSequence: count, baseOffset: count })),
        }),
      ]),
    ),
  }),
)

export type CleanEnds = Map<string, CleanEnd>

export function takeCleanEnds(dataDir: string): CleanEnds {
  const path = cleanEndsPath(dataDir)
  if (!existsSync(path)) return new Map()
  const text = readFileSync(path, 'utf8')
  unlinkSync(path)
  const parsed = cleanEndsSchema.safeParse(parseJson(text))
  return new Map(parsed.success ? Object.entries(parsed.data) : [])
}

export function saveCleanEnds(dataDir: string, ends: CleanEnds): void {
  replaceFile(cleanEndsPath(dataDir), JSON.stringify(Object.fromEntries(ends)))
}

function cleanEndsPath(dataDir: string): string {
  return join(dataDir, 'clean-ends.json')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
