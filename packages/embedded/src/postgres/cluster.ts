import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { locateBinaries, type PostgresBinaries } from './binaries.ts'
import type { PostgresProfile } from './server-settings.ts'
import { chooseServerUser, type ServerUser } from './server-user.ts'

export interface Cluster {
  dataDir: string
  pgdata: string
  logFile: string
  profile: PostgresProfile
  /** undefined: the server runs as the user that we are. */
  user: ServerUser | undefined
  binaries: PostgresBinaries
}

export async function describeCluster(directory: string, profile: PostgresProfile): Promise<Cluster> {
  const dataDir = resolve(directory)
  const pgdata = join(dataDir, 'pgdata')
  await mkdir(dataDir, { recursive: true })
  const user = await chooseServerUser(pgdata)
  const binaries = await locateBinaries(user)
  return { dataDir, pgdata, logFile: join(dataDir, 'server.log'), profile, user, binaries }
}
