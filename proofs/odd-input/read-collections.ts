import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { JsonCase } from './json-cases.ts'

const parsingCases = z.array(
  z.union([
    z.object({ name: z.string(), text: z.string() }),
    z.object({ name: z.string(), base64: z.base64() }),
    z.object({ name: z.string(), repeated: z.object({ text: z.string(), times: z.number(), end: z.string() }) }),
  ]),
)

export interface Collections {
  readonly parsing: readonly JsonCase[]
  readonly texts: readonly string[]
}

/** What others collected; collections/README.md says who. */
export async function readCollections(): Promise<Collections> {
  const read = async (file: string): Promise<unknown> =>
    JSON.parse(await readFile(join(import.meta.dirname, 'collections', file), 'utf8'))
  const [parsing, texts] = await Promise.all([read('json-parsing.json'), read('naughty-strings.json')])
  return {
    parsing: parsingCases.parse(parsing).map((one) => ({ name: one.name, bytes: readBytes(one) })),
    texts: z.array(z.string()).parse(texts),
  }
}

function readBytes(one: z.infer<typeof parsingCases>[number]): Uint8Array {
  if ('base64' in one) return Buffer.from(one.base64, 'base64')
  if ('text' in one) return Buffer.from(one.text)
  const { text, times, end } = one.repeated
  return Buffer.from(text.repeat(times) + end)
}
