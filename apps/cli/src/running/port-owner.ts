import { readdir, readFile, readlink } from 'node:fs/promises'
import { createServer } from 'node:net'

/** Whether something listens there already; asked before the slow part of a start. */
export async function isPortTaken(host: string, port: number): Promise<boolean> {
  if (port === 0) return false
  const server = createServer()
  return new Promise((resolve) => {
    // Anything else, such as a port that is not for everybody, is told by whoever listens for good.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EADDRINUSE'))
    server.listen(port, host, () => server.close(() => resolve(false)))
  })
}

/** Who listens on a port of this machine, where the system tells (Linux, and processes that we may look into). */
export async function findPortOwner(port: number): Promise<string | undefined> {
  const inode = await findListenerInode(port)
  if (inode === undefined) return undefined
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  for (const pid of pids) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const file of files) {
      const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '')
      if (target === `socket:[${inode}]`) return describeProcess(pid)
    }
  }
  return undefined
}

const LISTENING = '0A'

async function findListenerInode(port: number): Promise<string | undefined> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = (await readFile(table, 'utf8').catch(() => '')).split('\n').slice(1)
    for (const line of lines) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
      if (state === LISTENING && local.endsWith(`:${wanted}`)) return inode
    }
  }
  return undefined
}

async function describeProcess(pid: string): Promise<string> {
  const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim()
  return name ? `${name} (pid ${pid})` : `pid ${pid}`
}
