import { spawn } from 'node:child_process'
import { chmod, chown, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Cluster } from './cluster.ts'
import { openServerPath } from './server-path.ts'
import { superuser } from './server-settings.ts'
import { serverEnvironment } from './start-server.ts'

const staging = 'initdb-'

/** Made aside and renamed, so that a directory is whole or not there, whoever is killed or comes second meanwhile. */
export async function initializeCluster(cluster: Cluster): Promise<void> {
  if (await hasCluster(cluster)) return
  const aside = await mkdtemp(join(cluster.dataDir, staging))
  try {
    if (cluster.user) await chown(aside, cluster.user.uid, cluster.user.gid)
    await chmod(aside, 0o700)
    await runInitdb(cluster, aside)
    await rename(aside, cluster.pgdata)
    await syncDirectory(cluster.dataDir)
  } catch (cause) {
    await rm(aside, { recursive: true, force: true })
    if (!(await hasCluster(cluster))) throw new Error(`make a Postgres data directory in ${cluster.dataDir}`, { cause })
  }
  await removeLeftovers(cluster.dataDir)
}

/** Whether there is data; data of another version is refused, since nothing of it would survive a silent attempt. */
async function hasCluster({ pgdata, dataDir, binaries }: Cluster): Promise<boolean> {
  const found = await readFile(join(pgdata, 'PG_VERSION'), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  )
  if (found === undefined) return false
  if (found === binaries.major) return true
  throw new Error(
    `the data in ${dataDir} was written by Postgres ${found}, and this version of Carillon brings Postgres ${binaries.major}, ` +
      `which cannot read it. Nothing was changed. Either dump it with Postgres ${found} (pg_dumpall) and load it into a ` +
      `new data directory, or go on with the version of Carillon that wrote it, or begin with an empty directory`,
  )
}

async function runInitdb({ binaries, user, profile }: Cluster, directory: string): Promise<void> {
  const target = await openServerPath(directory, user)
  const flags = ['-D', target.path, '-U', superuser, '-A', 'trust', '-E', 'UTF8', '--no-instructions']
  // The built-in provider sorts the same on every machine, and asks no library of it.
  flags.push('--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8')
  if (profile === 'test') flags.push('--no-sync')
  try {
    const child = spawn(binaries.initdb, flags, {
      ...user,
      cwd: '/',
      env: serverEnvironment,
      stdio: ['ignore', 'ignore', 'pipe', ...(target.fd === undefined ? [] : [target.fd])],
    })
    let output = ''
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
    if (code !== 0) throw new Error(`initdb ended with ${code}: ${output.trim()}`)
  } finally {
    target.close()
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  await handle.sync().finally(() => handle.close())
}

// With the data in place, an unfinished attempt is of no use to anybody; one that still runs will find the data.
async function removeLeftovers(dataDir: string): Promise<void> {
  const names = (await readdir(dataDir)).filter((name) => name.startsWith(staging))
  await Promise.allSettled(names.map((name) => rm(join(dataDir, name), { recursive: true, force: true })))
}
