import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { canReach } from './server-path.ts'
import type { ServerUser } from './server-user.ts'

const prefix = 'carillon-pg-'
// sun_path holds 108 bytes on Linux and 104 on macOS, the last one zero.
const pathBytesMax = process.platform === 'darwin' ? 103 : 107

/** Everybody who can open the socket is let in without a password, so the directory is the server's user's alone. */
export async function openSocketDir(user: ServerUser | undefined): Promise<string> {
  return mkdtemp(join(findTemporaryDir(user), prefix))
}

export function findTemporaryDir(user: ServerUser | undefined): string {
  const found = [tmpdir(), '/tmp'].find((place) => fits(place) && (!user || canReach(place, user)))
  if (!found) throw new Error(`no temporary directory is short enough and open enough for a Unix socket: ${tmpdir()}`)
  return found
}

/** mkdtemp made it for us, or somebody cleaned up while its server was down. */
export async function restoreSocketDir(directory: string, user: ServerUser | undefined): Promise<void> {
  await mkdir(directory, { mode: 0o700, recursive: true })
  if (user) await chown(directory, user.uid, user.gid)
}

export async function removeSocketDir(directory: string): Promise<void> {
  if (basename(directory).startsWith(prefix)) await rm(directory, { recursive: true, force: true })
}

function fits(parent: string): boolean {
  return Buffer.byteLength(join(parent, `${prefix}XXXXXX`, '.s.PGSQL.5432')) <= pathBytesMax
}
