import { spawn } from 'node:child_process'
import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs'
import type { Cluster } from './cluster.ts'
import { openServerPath } from './server-path.ts'
import { toServerArguments } from './server-settings.ts'

const logBytesMax = 10 * 1024 * 1024

/** Nothing of our own environment: it may hold secrets, and PG variables that were meant for somebody else. */
export const serverEnvironment = { LC_ALL: 'C', PATH: '/usr/local/bin:/usr/bin:/bin' }

export interface StartedServer {
  /** What it said, once it has ended; undefined while it runs. */
  readEnd(): string | undefined
}

/** Something that runs the server instead of us: its arguments are put before the server's own. */
export interface Wrapper {
  command: string[]
  stdin: number
}

/** Detached: Ctrl-C reaches a whole process group, and the apps still need their database to stop in order. */
export async function startServer(cluster: Cluster, socketDir: string, wrapper?: Wrapper): Promise<StartedServer> {
  const target = await openServerPath(cluster.pgdata, cluster.user)
  const log = openLog(cluster.logFile)
  try {
    const command = [...(wrapper?.command ?? []), cluster.binaries.postgres]
    const [file = cluster.binaries.postgres, ...flags] = command
    const child = spawn(file, [...flags, ...toServerArguments(target.path, socketDir, cluster.profile)], {
      ...cluster.user,
      cwd: '/',
      env: serverEnvironment,
      detached: true,
      stdio: [wrapper?.stdin ?? 'ignore', log.fd, log.fd, ...(target.fd === undefined ? [] : [target.fd])],
    })
    let ended: string | undefined
    child.once('error', (error) => {
      ended = error.message
    })
    child.once('exit', (code, signal) => {
      ended = `ended with ${code ?? signal}`
    })
    child.unref()
    return { readEnd: () => ended && (log.readNew() || ended) }
  } finally {
    target.close()
    closeSync(log.fd)
  }
}

function openLog(path: string): { fd: number; readNew(): string } {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > logBytesMax) renameSync(path, `${path}.1`)
  const fd = openSync(path, 'a', 0o600)
  const begin = fstatSync(fd).size
  return { fd, readNew: () => readFrom(path, begin) }
}

function readFrom(path: string, begin: number): string {
  const buffer = Buffer.alloc(8_192)
  const fd = openSync(path, 'r')
  try {
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, begin)).trim()
  } finally {
    closeSync(fd)
  }
}
