// A server outlives the process that started it when that one is killed, and another process may start one at any
// moment. Postgres's own lock on the data directory decides between two servers; here we only look what is there, take
// a server that answers, start one where none is, and look again.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Cluster } from './cluster.ts'
import { connectIfListening } from './connect.ts'
import { isAlive, isServerOf, type PostmasterPid, readPostmasterPid } from './postmaster-pid.ts'
import { openSocketDir, removeSocketDir, restoreSocketDir } from './socket-dir.ts'
import { type StartedServer, startServer, type Wrapper } from './start-server.ts'

const holderWaitMs = 30_000
// Long enough to replay what a killed server had not yet put in place.
const startWaitMs = 600_000

export interface ReachedServer {
  client: Client
  socketDir: string
  port: number
  pid: number
  /** It ran already. */
  adopted: boolean
  /** It had not been stopped properly, and has put its data in order. */
  recovered: boolean
}

export interface ReachOptions {
  /** Where to listen again after a crash, so that the URL stays good. */
  socketDir?: string
  wrapper?: Wrapper
}

export async function reachServer(cluster: Cluster, options: ReachOptions = {}): Promise<ReachedServer> {
  let attempt: { server: StartedServer; socketDir: string } | undefined
  let recovered = false
  for (let deadlineMs = performance.now() + holderWaitMs; ; await wait(10)) {
    const found = readPostmasterPid(cluster.pgdata)
    const client = found?.isReady ? await connectIfListening(found.socketDir, found.port) : undefined
    if (found && client) {
      const adopted = attempt?.socketDir !== found.socketDir
      if (attempt && adopted && attempt.socketDir !== options.socketDir) await removeSocketDir(attempt.socketDir)
      return {
        client,
        socketDir: found.socketDir,
        port: found.port,
        pid: found.pid,
        adopted,
        recovered: recovered && !adopted,
      }
    }
    const end = attempt?.server.readEnd()
    if (end !== undefined) attempt = await giveUp(attempt, end, options)
    if (!attempt && !(found && isServerOf(cluster.pgdata, found.pid))) {
      recovered ||= found !== undefined
      if (found) await clearAway(cluster, found, options.socketDir)
      const socketDir = options.socketDir ?? (await openSocketDir(cluster.user))
      await restoreSocketDir(socketDir, cluster.user)
      attempt = { server: await startServer(cluster, socketDir, options.wrapper), socketDir }
      deadlineMs = performance.now() + startWaitMs
    }
    if (performance.now() > deadlineMs) throw new Error(describeSilence(cluster, found))
  }
}

/** Two starts at once, or a killed server whose last backends still end: the next look finds out. */
async function giveUp(
  attempt: { socketDir: string } | undefined,
  end: string,
  options: ReachOptions,
): Promise<undefined> {
  if (attempt && attempt.socketDir !== options.socketDir) await removeSocketDir(attempt.socketDir)
  if (!/lock file .* already exists|is still in use|lock file .* is empty/.test(end)) {
    throw new Error(`Postgres did not start: ${end}`)
  }
  await wait(50)
}

/** What a killed server left. Its number may be somebody else's by now, and would keep Postgres from starting. */
async function clearAway({ pgdata }: Cluster, found: PostmasterPid, keptSocketDir: string | undefined): Promise<void> {
  const path = join(pgdata, 'postmaster.pid')
  if (isAlive(found.pid) && readPostmasterPid(pgdata)?.text === found.text) rmSync(path, { force: true })
  if (found.socketDir !== keptSocketDir) await removeSocketDir(found.socketDir)
}

function describeSilence({ dataDir }: Cluster, found: PostmasterPid | undefined): string {
  if (!found) return `Postgres did not become ready in ${dataDir}`
  return `${dataDir} is held by a Postgres that does not answer (process ${found.pid}): stop it, or choose another data directory`
}
