import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { replaceFile } from '../storage/replace-file.ts'

// Everything about topics that is not in their logs, in one small file that is replaced as a whole.
const catalogSchema = z.object({
  format: z.literal(1),
  clusterId: z.string(),
  // Producer ids below this were, or may have been, given out.
  producerIdsReserved: z.number().int().nonnegative(),
  // A list, because a topic may be called __proto__.
  topics: z.array(
    z.object({
      name: z.string(),
      partitionCount: z.number().int().positive(),
      overrides: z.record(z.string(), z.string()),
      // Where DeleteRecords moved the start of a partition's log to.
      startOffsets: z.record(z.string(), z.number().int().nonnegative()),
    }),
  ),
})

export type Catalog = z.infer<typeof catalogSchema>
export type CatalogEntry = Catalog['topics'][number]

export function loadCatalog(path: string): Catalog | undefined {
  if (!existsSync(path)) return undefined
  try {
    return catalogSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    throw new Error(`read ${path}`, { cause })
  }
}

export function createCatalog(): Catalog {
  return { format: 1, clusterId: randomBytes(16).toString('base64url'), producerIdsReserved: 1, topics: [] }
}

export function saveCatalog(path: string, catalog: Catalog): void {
  replaceFile(path, `${JSON.stringify(catalog, null, 1)}\n`)
}
