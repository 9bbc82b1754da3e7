// A server for tests: one a process, shared by its threads, and gone with the process however that ends.
import { execFile } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { chown, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describeCluster } from './cluster.ts'
import { connectIfListening } from './connect.ts'
import { initializeCluster } from './initialize-cluster.ts'
import { readPostmasterPid } from './postmaster-pid.ts'
import { reachServer } from './reach-server.ts'
import { toUrl } from './server-settings.ts'
import { chooseServerUser, type ServerUser } from './server-user.ts'
import { findTemporaryDir } from './socket-dir.ts'

const waitMs = 30_000

// Standard input is a pipe that only our process holds open for writing: when that ends, so does the loop.
const lifeline = `dir=$1; shift
"$@" </dev/null & server=$!
while read -r _; do :; done
kill -QUIT "$server" 2>/dev/null
wait "$server"
rm -rf "$dir" "\${dir}-socket"`

/** The URL of its maintenance database; whoever uses it makes databases of his own. */
export async function openThrowawayPostgres(): Promise<string> {
  const user = await chooseServerUser()
  const dataDir = join(findTemporaryDir(user), `carillon-test-${process.pid}`)
  for (const deadlineMs = performance.now() + waitMs; performance.now() < deadlineMs; await wait(20)) {
    // The directory elects the thread that starts the server; the others wait for it.
    const isElected = await mkdir(dataDir, { mode: 0o700 }).then(
      () => true,
      () => false,
    )
    if (isElected) return await startOrLeave(dataDir, user)
    const url = await findRunning(dataDir)
    if (url) return url
  }
  throw new Error(`the Postgres for tests did not start; remove ${dataDir} if it is left from another time`)
}

async function findRunning(dataDir: string): Promise<string | undefined> {
  const found = readPostmasterPid(join(dataDir, 'pgdata'))
  const client = found?.isReady ? await connectIfListening(found.socketDir, found.port) : undefined
  await client?.end()
  return found && client ? toUrl(found.socketDir, 'postgres', found.port) : undefined
}

async function startOrLeave(dataDir: string, user: ServerUser | undefined): Promise<string> {
  try {
    return await start(dataDir, user)
  } catch (cause) {
    await rm(dataDir, { recursive: true, force: true })
    throw new Error('start a Postgres for tests', { cause })
  }
}

async function start(dataDir: string, user: ServerUser | undefined): Promise<string> {
  if (user) await chown(dataDir, user.uid, user.gid)
  const cluster = await describeCluster(dataDir, 'test')
  await initializeCluster(cluster)
  const pipe = join(dataDir, 'lifeline')
  await promisify(execFile)('mkfifo', [pipe])
  // Never closed: a bare descriptor outlives the thread that opened it, and ends with the process.
  openSync(pipe, 'r+')
  const stdin = openSync(pipe, 'r')
  const socketDir = `${dataDir}-socket`
  const wrapper = { command: ['/bin/sh', '-c', lifeline, 'lifeline', dataDir], stdin }
  const server = await reachServer(cluster, { socketDir, wrapper })
  closeSync(stdin)
  await server.client.end()
  return toUrl(server.socketDir, 'postgres', server.port)
}
