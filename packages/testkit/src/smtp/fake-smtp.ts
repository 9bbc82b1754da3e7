import { once } from 'node:events'
import net from 'node:net'
import type { AcceptedMail, ReadMail } from './accept-log.ts'
import { createAcceptLog } from './accept-log.ts'
import type { Held } from './barriers.ts'
import { createBarriers } from './barriers.ts'
import type { Behaviour } from './behaviour.ts'
import { createBehaviours } from './behaviour.ts'
import { createConversation } from './conversation.ts'

export interface FakeSmtpOptions {
  /** An ephemeral one when absent. */
  readonly port?: number
  /** Accepted mails as JSON lines, written before the 250. */
  readonly file?: string
  /** Without it any user name and password will do. */
  readonly auth?: { readonly user: string; readonly pass: string }
  /** How many of the newest messages keep their bytes. */
  readonly rawKept?: number
}

/** The same in this process and across the control port of another one. */
export interface FakeSmtp {
  readonly host: string
  readonly port: number
  behave(behaviour: Behaviour): Promise<void>
  /** Also lets go whoever stands at a barrier. */
  clearBehaviours(): Promise<void>
  accepted(): Promise<readonly AcceptedMail[]>
  waitForAccepted(count: number, timeoutMs: number): Promise<readonly AcceptedMail[]>
  readMail(number: number): Promise<ReadMail>
  waitForHold(name: string, timeoutMs: number): Promise<Held>
  releaseHold(name: string): Promise<void>
  /** Stops and starts listening; connections that exist live on. */
  refuseConnections(refuse: boolean): Promise<void>
  dropConnections(): Promise<void>
  /** How many connections were ever opened, and how many are open now. */
  connections(): Promise<{ opened: number; open: number }>
  close(): Promise<void>
}

const host = '127.0.0.1'

export async function openFakeSmtp(options: FakeSmtpOptions = {}): Promise<FakeSmtp> {
  const behaviours = createBehaviours()
  const barriers = createBarriers()
  const log = createAcceptLog({
    rawKept: options.rawKept ?? 20_000,
    ...(options.file !== undefined && { file: options.file }),
  })
  const converse = createConversation({ behaviours, barriers, log, ...(options.auth && { auth: options.auth }) })
  const listener = await openListener(options.port ?? 0, converse)

  return {
    host,
    port: listener.port,
    behave: async (behaviour) => behaviours.add(behaviour),
    async clearBehaviours() {
      behaviours.clear()
      barriers.release()
    },
    accepted: async () => log.mails,
    waitForAccepted: log.waitForCount,
    readMail: log.read,
    waitForHold: barriers.waitFor,
    releaseHold: async (name) => barriers.release(name),
    refuseConnections: (refuse) => (refuse ? listener.stop() : listener.start()),
    dropConnections: async () => listener.drop(),
    connections: async () => listener.count(),
    async close() {
      behaviours.clear()
      listener.drop()
      barriers.release()
      await listener.stop()
      log.close()
    },
  }
}

async function openListener(wantedPort: number, converse: (socket: net.Socket) => void) {
  const sockets = new Set<net.Socket>()
  let opened = 0
  let server: net.Server | undefined

  async function listen(port: number) {
    const listening = net.createServer((socket) => {
      opened += 1
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      socket.on('error', () => sockets.delete(socket))
      converse(socket)
    })
    listening.listen(port, host)
    await once(listening, 'listening')
    server = listening
    const address = listening.address()
    if (address === null || typeof address === 'string') throw new Error('listen for mail: no port')
    return address.port
  }

  const port = await listen(wantedPort)
  return {
    port,
    async start() {
      if (!server) await listen(port)
    },
    async stop() {
      const stopping = server
      server = undefined
      // Not awaited: a listening socket is gone at once, while `close` waits for the connections too.
      stopping?.close()
    },
    drop() {
      for (const socket of sockets) socket.destroy()
    },
    count: () => ({ opened, open: sockets.size }),
  }
}
