// Embedded Postgres: the real server, in a directory of ours, reached over a Unix socket only.
import { setTimeout as wait } from 'node:timers/promises'
import { describeCluster } from './cluster.ts'
import { ensureDatabase } from './ensure-database.ts'
import { initializeCluster } from './initialize-cluster.ts'
import { takeOwnership } from './ownership.ts'
import { type ReachedServer, reachServer } from './reach-server.ts'
import { database, type PostgresProfile, toUrl } from './server-settings.ts'
import { removeSocketDir } from './socket-dir.ts'
import { stopServer } from './stop-server.ts'

const restartPauseMs = 250

export interface EmbeddedPostgresOptions {
  dataDir: string
  profile?: PostgresProfile
  log?: (message: string) => void
}

export interface EmbeddedPostgres {
  url: string
  socketDir: string
  /** The server of an earlier process, which was killed, was still running. */
  adopted: boolean
  /** The last server had not been stopped properly. */
  recovered: boolean
  close(): Promise<void>
}

export async function openEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, profile = 'durable', log = () => {} } = options
  const cluster = await describeCluster(dataDir, profile)
  await initializeCluster(cluster)
  let server = await reachServer(cluster)
  let isClosing = false
  const { socketDir, port, adopted, recovered } = server

  /** The connection that holds the ownership tells at once when the server is gone. */
  function watch({ client }: ReachedServer): void {
    client.once('end', () => {
      if (!isClosing) void restart()
    })
  }
  async function restart(): Promise<void> {
    log(`Postgres in ${cluster.dataDir} is gone; starting it again`)
    while (!isClosing) {
      try {
        server = await own(await reachServer(cluster, { socketDir }))
        watch(server)
        return log('Postgres is back')
      } catch (error) {
        log(`Postgres did not come back: ${error instanceof Error ? error.message : error}`)
        await wait(restartPauseMs)
      }
    }
  }
  async function own(reached: ReachedServer): Promise<ReachedServer> {
    try {
      await takeOwnership(reached.client, cluster.dataDir)
      await ensureDatabase(reached.client)
      return reached
    } catch (cause) {
      await reached.client.end()
      throw cause
    }
  }
  async function close(): Promise<void> {
    if (isClosing) return
    isClosing = true
    await server.client.end()
    await stopServer(cluster, server.pid)
    await removeSocketDir(socketDir)
  }

  watch(await own(server))
  return { url: toUrl(socketDir, database, port), socketDir, adopted, recovered, close }
}
