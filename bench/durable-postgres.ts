import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedPostgres } from '@carillon/embedded'
import { readPostgres, setPostgres } from './config.ts'

/** The servers of tests skip what keeps rows through a power cut; a figure of such a one would say nothing. */
export async function onDurablePostgres<Result>(work: () => Promise<Result>): Promise<Result> {
  if (readPostgres() !== undefined) return work()
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-bench-'))
  // The server runs as a user of its own and reads the rows to be copied from its directory by name.
  await chmod(dataDir, 0o755)
  const postgres = await openEmbeddedPostgres({ dataDir, profile: 'durable' })
  setPostgres(postgres.url)
  try {
    return await work()
  } finally {
    await postgres.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}
