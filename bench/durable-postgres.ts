import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedPostgres } from '@carillon/embedded'

/** The servers of tests skip what a power cut would take; no figure is worth anything on such a one. */
export async function onDurablePostgres<Result>(work: () => Promise<Result>): Promise<Result> {
  if (process.env.CARILLON_TEST_POSTGRES !== undefined) return work()
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
  const postgres = await openEmbeddedPostgres({ dataDir, profile: 'durable' })
  process.env.CARILLON_TEST_POSTGRES = postgres.url
  try {
    return await work()
  } finally {
    await postgres.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}
