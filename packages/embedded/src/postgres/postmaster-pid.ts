import { readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'

export interface PostmasterPid {
  pid: number
  port: number
  socketDir: string
  isReady: boolean
  text: string
}

/** What a server, running or killed, left in its data directory; the lines are those of Postgres's pidfile.h. */
export function readPostmasterPid(pgdata: string): PostmasterPid | undefined {
  let text: string
  try {
    text = readFileSync(join(pgdata, 'postmaster.pid'), 'utf8')
  } catch {
    return undefined
  }
  const [pidLine, , , portLine, socketLine, , , statusLine] = text.split('\n')
  const pid = Number(pidLine)
  if (!Number.isInteger(pid) || pid <= 0) return undefined
  const socketDir = socketLine?.trim() ?? ''
  const isReady = socketDir !== '' && statusLine?.trim() === 'ready'
  return { pid, port: Number(portLine) || 5432, socketDir, isReady, text }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * A number in a file may by now belong to somebody else, and then Postgres would refuse to start for ever. A server
 * stands in its data directory; where there is no /proc to ask, a living process counts as the server.
 */
export function isServerOf(pgdata: string, pid: number): boolean {
  if (!isAlive(pid)) return false
  if (process.platform !== 'linux') return true
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(pgdata)
  } catch {
    return false
  }
}
