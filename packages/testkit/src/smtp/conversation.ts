import type net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { SMTPServerDataStream, SMTPServerOptions, SMTPServerSession } from 'smtp-server'
import { SMTPServer } from 'smtp-server'
import type { AcceptLog } from './accept-log.ts'
import type { Barriers } from './barriers.ts'
import type { Behaviour, Behaviours, Stage } from './behaviour.ts'

interface Parts {
  readonly behaviours: Behaviours
  readonly barriers: Barriers
  readonly log: AcceptLog
  readonly auth?: { readonly user: string; readonly pass: string }
}

/** What is left to do once a behaviour was acted out. */
type Acted = { readonly next: 'go_on' } | { readonly next: 'gone' } | { readonly next: 'reply'; readonly reply: string }

type Answer = (error?: Error | null, message?: string) => void
type Connection = SMTPServer['connections'] extends Set<infer T> ? T : never

const commandStages: Readonly<Record<string, Stage>> = {
  EHLO: 'ehlo',
  HELO: 'ehlo',
  AUTH: 'auth',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
}

/** Talks SMTP on a socket, honestly but for what the behaviours say. */
export function createConversation({ behaviours, barriers, log, auth }: Parts) {
  const sockets = new WeakMap<SMTPServerSession, net.Socket>()
  const server = new SMTPServer({ ...settings(auth), onData: receive })
  server.on('error', () => {})

  function converse(socket: net.Socket) {
    const behaviour = behaviours.take('greeting', [])
    if (!behaviour) return startSession(socket)
    void act(behaviour, socket, { recipients: [] }).then((acted) => {
      if (acted.next === 'reply') socket.end(`${acted.reply}\r\n`)
      if (acted.next === 'go_on') startSession(socket)
    })
  }

  function startSession(socket: net.Socket) {
    server.connect(socket)
    for (const connection of server.connections) {
      if (connection._socket === socket) intercept(connection, socket)
    }
  }

  // The library offers a hook for some commands only; the fake must be able to fail at each of them.
  function intercept(connection: Connection, socket: net.Socket) {
    sockets.set(connection.session, socket)
    const proceed = connection._onCommand.bind(connection)
    connection._onCommand = (command, callback) => {
      const line = command.toString()
      const stage = connection._nextHandler ? undefined : commandStages[line.slice(0, 4).toUpperCase()]
      const recipients = stage === 'rcpt' ? addressIn(line) : recipientsOf(connection.session)
      const behaviour = stage && behaviours.take(stage, recipients)
      if (!behaviour) return proceed(command, callback)
      void act(behaviour, socket, { recipients }).then((acted) => {
        if (acted.next === 'go_on') proceed(command, callback)
        if (acted.next === 'reply') writeReply(socket, acted.reply, callback)
      })
    }
  }

  function receive(stream: SMTPServerDataStream, session: SMTPServerSession, answer: Answer) {
    const socket = sockets.get(session)
    const recipients = recipientsOf(session)
    const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : ''
    const midway = behaviours.take('body', recipients)
    const chunks: Buffer[] = []
    let gone = socket === undefined
    stream.on('error', () => {
      gone = true
    })
    stream.on('data', (chunk: Buffer) => {
      if (midway?.drop) {
        gone = true
        socket?.destroy()
      }
      chunks.push(chunk)
    })
    stream.on('end', () => {
      if (!gone && socket) void finish({ socket, from, recipients, raw: Buffer.concat(chunks), answer })
    })
  }

  interface Received {
    readonly socket: net.Socket
    readonly from: string
    readonly recipients: readonly string[]
    readonly raw: Buffer
    readonly answer: Answer
  }

  async function finish({ socket, from, recipients, raw, answer }: Received) {
    const before = behaviours.take('dot', recipients)
    if (before) {
      const acted = await act(before, socket, { recipients })
      if (acted.next !== 'go_on') return refuse(acted, answer)
    }
    const mail = log.record(from, recipients, raw)
    const after = behaviours.take('accepted', recipients)
    if (after) {
      const { deliveryId } = mail
      const acted = await act(after, socket, { recipients, ...(deliveryId !== undefined && { deliveryId }) })
      if (acted.next !== 'go_on') return refuse(acted, answer)
    }
    answer(null, `2.0.0 queued as ${mail.number}`)
  }

  async function act(
    behaviour: Behaviour,
    socket: net.Socket,
    who: { recipients: readonly string[]; deliveryId?: string },
  ): Promise<Acted> {
    if (behaviour.delayMs !== undefined) await delay(behaviour.delayMs)
    if (behaviour.hold !== undefined) await barriers.hold({ name: behaviour.hold, ...who })
    if (behaviour.drop) {
      socket.destroy()
      return { next: 'gone' }
    }
    return behaviour.reply === undefined ? { next: 'go_on' } : { next: 'reply', reply: behaviour.reply }
  }

  return converse
}

function settings(auth: Parts['auth']): SMTPServerOptions {
  return {
    name: 'fake.test',
    logger: false,
    disableReverseLookup: true,
    disabledCommands: ['STARTTLS'],
    // A behaviour writes its own enhanced code; the library would add another one in front of it.
    hideENHANCEDSTATUSCODES: true,
    authOptional: auth === undefined,
    allowInsecureAuth: true,
    socketTimeout: 600_000,
    onAuth({ username, password }, _session, callback) {
      const isKnown = auth === undefined || (username === auth.user && password === auth.pass)
      callback(null, isKnown ? { user: username } : { message: '5.7.8 authentication failed', responseCode: 535 })
    },
  }
}

function refuse(acted: Acted, answer: Answer) {
  if (acted.next !== 'reply') return
  const error = new Error(acted.reply.slice(4))
  answer(Object.assign(error, { responseCode: Number(acted.reply.slice(0, 3)) }))
}

function writeReply(socket: net.Socket, reply: string, next: (() => void) | undefined) {
  if (reply.startsWith('421')) return void socket.end(`${reply}\r\n`)
  if (socket.writable) socket.write(`${reply}\r\n`)
  next?.()
}

function recipientsOf(session: SMTPServerSession) {
  return session.envelope ? session.envelope.rcptTo.map(({ address }) => address) : []
}

function addressIn(line: string) {
  const address = /<([^>]*)>/.exec(line)?.[1]
  return address === undefined ? [] : [address]
}
