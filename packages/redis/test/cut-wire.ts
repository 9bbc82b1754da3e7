import { connect, createServer, type Socket } from 'node:net'

export interface CutWire {
  readonly url: string
  /** Ends every connection and takes no more. */
  cut(): void
  mend(): void
  close(): Promise<void>
}

/** Stands between a client and Redis, so that Redis can be away for one test alone. */
export async function openCutWire(redisUrl: string): Promise<CutWire> {
  const { hostname, port, username, password, pathname } = new URL(redisUrl)
  const open = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    if (isCut) return near.destroy()
    const far = connect(Number(port || 6379), hostname)
    for (const [from, to] of [[near, far] as const, [far, near] as const]) {
      open.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
    return undefined
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('find the port of the wire')
  const url = new URL(`redis://127.0.0.1:${address.port}${pathname}`)
  url.username = username
  url.password = password
  const end = () => {
    for (const socket of open) socket.destroy()
  }
  return {
    url: url.href,
    cut() {
      isCut = true
      end()
    },
    mend() {
      isCut = false
    },
    async close() {
      end()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
