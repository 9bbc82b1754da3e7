import { once } from 'node:events'
import { createServer } from 'node:net'

/** For a process that must come back at the same place when it is started again. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('find a free port')
  return address.port
}
