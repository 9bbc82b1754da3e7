/** `test` gives up durability: for data that nobody misses. */
export type PostgresProfile = 'durable' | 'test'

const port = 5432

const shared = {
  listen_addresses: '',
  port: String(port),
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: '64MB',
  // The helper processes of the default gain nothing at this size.
  io_method: 'sync',
  max_wal_size: '512MB',
  huge_pages: 'off',
  // After a crash, one call instead of an fsync for each of a thousand files; other systems do not have it.
  ...(process.platform === 'linux' && { recovery_init_sync_method: 'syncfs' }),
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
}

const durability: Record<PostgresProfile, Record<string, string>> = {
  durable: { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' },
  test: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
}

/** On the command line, so that no file in the data directory can quietly say otherwise. */
export function toServerArguments(dataPath: string, socketDir: string, profile: PostgresProfile): string[] {
  const settings = { ...shared, ...durability[profile], unix_socket_directories: socketDir }
  return ['-D', dataPath, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

export const superuser = 'carillon'
export const database = 'carillon'

/** `localhost` only completes the URL: `host` in the query is what counts, for pg as for libpq. */
export function toUrl(socketDir: string, databaseName: string, socketPort: number = port): string {
  return `postgresql://${superuser}@localhost:${socketPort}/${databaseName}?host=${encodeURIComponent(socketDir)}`
}
