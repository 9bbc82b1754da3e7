import { connect, type Socket } from 'node:net'
import { eventually, expect, within } from '../conformance/expect.ts'
import { fetchBody, int16, int32, string } from '../conformance/raw-frames.ts'
import type { Random } from '../fleet/random.ts'

export interface Attack {
  readonly name: string
  readonly connections: number
  /** What the broker's log must say of them. */
  readonly reason: RegExp
  strike(socket: Socket, random: Random): void
}

const MIB = 1024 * 1024
const CLOSED_MS_MAX = 90_000

function frame(key: number, version: number, body: Buffer): Buffer {
  const header = Buffer.concat([int16(key), int16(version), int32(1), string('abuse')])
  return Buffer.concat([int32(header.length + body.length), header, body])
}

function noise(random: Random, bytes: number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, () => random.below(256)))
}

export function listAttacks(topic: string): Attack[] {
  return [
    {
      name: 'garbage bytes',
      connections: 200,
      reason: /a frame of -?\d+ bytes|its request could not be answered|a frame was not complete|it asked nothing/,
      strike: (socket, random) => void socket.write(noise(random, 64 + random.below(8_192))),
    },
    {
      name: 'HTTP',
      connections: 20,
      reason: /a frame of \d+ bytes is larger than/,
      strike: (socket) => void socket.write('GET / HTTP/1.1\r\nHost: kafka\r\n\r\n'),
    },
    {
      name: 'half a frame, then silence',
      connections: 200,
      reason: /a frame was not complete|it asked nothing/,
      strike: (socket, random) => void socket.write(Buffer.concat([int32(MIB), noise(random, 1_000)])),
    },
    {
      name: 'a header of 2 GB and a megabyte behind it',
      connections: 50,
      reason: /a frame of 2147483647 bytes is larger than/,
      strike: (socket) => void socket.write(Buffer.concat([int32(2 ** 31 - 1), Buffer.alloc(MIB)])),
    },
    {
      name: 'most of a frame of 30 MB, on 12 connections at a time',
      connections: 12,
      reason: /unfinished requests hold|a frame was not complete|it asked nothing/,
      strike: (socket) => void socket.write(Buffer.concat([int32(30 * MIB), Buffer.alloc(12 * MIB)])),
    },
    {
      name: 'an array that announces two billion names',
      connections: 50,
      reason: /its request could not be answered/,
      strike: (socket) => void socket.write(frame(3, 1, int32(2 ** 31 - 1))),
    },
    {
      name: 'a frame of 30 MB that is nothing but empty names',
      connections: 6,
      reason: /its request could not be answered|unfinished requests hold/,
      strike: (socket) => void socket.write(frame(3, 1, Buffer.concat([int32(15 * MIB), Buffer.alloc(30 * MIB)]))),
    },
    {
      name: 'requests in versions that do not exist',
      connections: 50,
      reason: /its request could not be answered/,
      strike: (socket, random) => void socket.write(frame(random.below(3_000), 99, noise(random, 100))),
    },
    {
      name: 'idle connections',
      connections: 1_000,
      reason: /it asked nothing for/,
      strike: () => undefined,
    },
    {
      name: 'consumers that ask for everything and read nothing',
      connections: 24,
      reason: /not read/,
      strike(socket) {
        socket.pause()
        const ask = frame(1, 4, fetchBody(topic, { offset: 0, maxBytes: 8 * MIB }))
        socket.write(Buffer.concat(Array.from({ length: 40 }, () => ask)))
      },
    },
    {
      name: 'clients that ask forty thousand times and read nothing',
      connections: 6,
      reason: /not read/,
      strike(socket) {
        socket.pause()
        const ask = frame(18, 0, Buffer.alloc(0))
        socket.write(Buffer.concat(Array.from({ length: 40_000 }, () => ask)))
      },
    },
  ]
}

export interface Struck {
  readonly attack: Attack
  /** The addresses that the broker saw, as its log names them. */
  readonly remotes: readonly string[]
  /** Resolves when the broker has closed all of them. */
  closed(isClosed: (remote: string) => boolean): Promise<void>
  end(): void
}

/** Every attack from an address of its own, so that the broker's log tells them apart when a port is used again. */
/** More at a time overflow the kernel's queue, which leaves connections that one side alone knows of. */
const WAVE = 100

export async function strikeAll(
  attack: Attack,
  address: string,
  localAddress: string,
  random: Random,
): Promise<Struck> {
  const [host = '', port] = address.split(':')
  const sockets: Socket[] = []
  const remotes: string[] = []
  async function connectOne(): Promise<void> {
    const socket = connect({ host, port: Number(port), localAddress })
    sockets.push(socket)
    socket.on('error', () => undefined)
    // Only who reads notices that it was closed.
    socket.resume()
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()))
    remotes[sockets.indexOf(socket)] = `${socket.localAddress}:${socket.localPort}`
    attack.strike(socket, random)
  }
  async function connectAll(): Promise<void> {
    for (let left = attack.connections; left > 0; left -= WAVE)
      await Promise.all(Array.from({ length: Math.min(WAVE, left) }, connectOne))
  }
  await within(30_000, `connecting for ${attack.name}`, connectAll())
  return {
    attack,
    remotes,
    closed: (isClosed) =>
      eventually(CLOSED_MS_MAX, async () => {
        const untold = sockets.filter((_, index) => !isClosed(remotes[index] ?? ''))
        const gone = untold.filter((socket) => socket.destroyed).length
        expect(
          untold.length === 0,
          `of ${remotes.length}, ${gone} were closed without a word and ${untold.length - gone} not at all`,
        )
      }),
    end() {
      for (const socket of sockets) socket.destroy()
    },
  }
}
