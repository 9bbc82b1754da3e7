import { closeSync, existsSync, openSync, type Stats, statSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ServerUser } from './server-user.ts'

export interface ServerPath {
  /** The directory as the server must be told it. */
  path: string
  /** Given to the server as descriptor 3. */
  fd: number | undefined
  close(): void
}

/**
 * A data directory below root's home, or below a private temporary directory, is out of the server user's sight. It
 * need not be moved: the server inherits it as an open descriptor, and /proc/self/fd leads straight to it.
 */
export async function openServerPath(directory: string, user: ServerUser | undefined): Promise<ServerPath> {
  const path = await realpath(directory)
  if (!user || canReach(dirname(path), user)) return { path, fd: undefined, close() {} }
  if (!existsSync('/proc/self/fd')) {
    throw new Error(
      `${path} is out of reach for user ${user.uid}, as which Postgres runs: choose another data directory`,
    )
  }
  const fd = openSync(path, 'r')
  return { path: '/proc/self/fd/3', fd, close: () => closeSync(fd) }
}

/** Whether this user may read the path and enter every directory above it. */
export function canReach(path: string, user: ServerUser): boolean {
  const stats = statSync(path)
  if (!isAllowed(stats, user, 0o4) || (stats.isDirectory() && !isAllowed(stats, user, 0o1))) return false
  for (let directory = dirname(path); ; directory = dirname(directory)) {
    if (!isAllowed(statSync(directory), user, 0o1)) return false
    if (directory === dirname(directory)) return true
  }
}

function isAllowed(stats: Stats, user: ServerUser, bit: number): boolean {
  const shift = stats.uid === user.uid ? 6 : stats.gid === user.gid ? 3 : 0
  return ((stats.mode >> shift) & bit) !== 0
}
