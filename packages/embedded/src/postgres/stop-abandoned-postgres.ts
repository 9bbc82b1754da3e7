import { describeCluster } from './cluster.ts'
import { isServerOf, readPostmasterPid } from './postmaster-pid.ts'
import { removeSocketDir } from './socket-dir.ts'
import { stopServer } from './stop-server.ts'

/** Before a data directory is thrown away: a server that outlived its owner would go on with files that nobody sees. */
export async function stopAbandonedPostgres(dataDir: string): Promise<void> {
  const cluster = await describeCluster(dataDir, 'durable')
  const found = readPostmasterPid(cluster.pgdata)
  if (!found) return
  if (isServerOf(cluster.pgdata, found.pid)) await stopServer(cluster, found.pid)
  await removeSocketDir(found.socketDir)
}
