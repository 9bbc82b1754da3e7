import { connect } from 'node:net'
import type { Api } from '../../src/broker/protocol/api.ts'
import { fetch } from '../../src/broker/protocol/fetch.ts'
import { metadata } from '../../src/broker/protocol/metadata.ts'
import { produce } from '../../src/broker/protocol/produce.ts'
import { requestHeader } from '../../src/broker/protocol/request-header.ts'
import { createTopics } from '../../src/broker/protocol/topic-admin.ts'
import { createByteReader } from '../../src/broker/wire/byte-reader.ts'
import { createByteWriter, finishChunks } from '../../src/broker/wire/byte-writer.ts'

// A client that sends exactly what a test wants, on one connection.
export interface Client {
  ask<Request, Response>(api: Api<Request, Response>, version: number, request: Request): Promise<Response>
  sendRaw(bytes: Uint8Array): void
  pause(): void
  resume(): void
  readonly closed: Promise<void>
  close(): void
}

export async function openClient({ port }: { port: number }): Promise<Client> {
  const socket = connect({ host: '127.0.0.1', port })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  const answers = new Map<number, (body: Buffer) => void>()
  let received: Buffer[] = []
  let receivedBytes = 0
  let correlationId = 0
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    received.push(chunk)
    receivedBytes += chunk.length
    takeAnswers()
  })
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()))

  function takeAnswers(): void {
    while (receivedBytes >= 4) {
      const [first = Buffer.alloc(0)] = received
      const head = first.length >= 4 ? first : Buffer.concat(received)
      const end = 4 + head.readInt32BE(0)
      if (receivedBytes < end) return
      const whole = received.length === 1 ? first : Buffer.concat(received)
      answers.get(whole.readInt32BE(4))?.(whole.subarray(8, end))
      received = [whole.subarray(end)]
      receivedBytes -= end
    }
  }

  return {
    ask(api, version, request) {
      const writer = createByteWriter()
      const header = { apiKey: api.key, apiVersion: version, correlationId: ++correlationId, clientId: 'test' }
      requestHeader.write(writer, header, 0)
      api.request.write(writer, request, version)
      const frame = Buffer.concat(finishChunks(writer))
      const size = Buffer.alloc(4)
      size.writeInt32BE(frame.length)
      const id = correlationId
      socket.write(Buffer.concat([size, frame]))
      return new Promise((resolve, reject) => {
        answers.set(id, (body) => resolve(api.response.read(createByteReader(body), version)))
        void closed.then(() => reject(new Error('the broker closed the connection')))
      })
    },
    sendRaw: (bytes) => void socket.write(bytes),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    closed,
    close: () => void socket.destroy(),
  }
}

export async function createTopic(client: Client, name: string, configs: Record<string, string> = {}): Promise<void> {
  const topic = {
    name,
    partitionCount: 1,
    replicationFactor: 1,
    assignments: [],
    configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
  }
  const answer = await client.ask(createTopics, 3, { topics: [topic], timeoutMs: 1_000, validateOnly: false })
  const code = answer.topics[0]?.errorCode
  if (code !== 0) throw new Error(`create topic ${name}: error ${code}`)
}

export async function produceTo(client: Client, topic: string, records: Buffer | null, acks = -1) {
  const partitions = [{ index: 0, records }]
  const answer = await client.ask(produce, 7, {
    transactionalId: null,
    acks,
    timeoutMs: 1_000,
    topics: [{ name: topic, partitions }],
  })
  const result = answer.topics[0]?.partitions[0]
  if (!result) throw new Error('the broker answered no partition')
  return result
}

export interface FetchWish {
  readonly offset?: number
  readonly maxWaitMs?: number
  readonly minBytes?: number
  readonly maxBytes?: number
  readonly sessionId?: number
}

export async function fetchAnswer(client: Client, topic: string, wish: FetchWish = {}) {
  const { offset = 0, maxWaitMs = 0, minBytes = 1, maxBytes = 1_000_000, sessionId = 0 } = wish
  const wanted = { index: 0, currentLeaderEpoch: -1, fetchOffset: offset, logStartOffset: -1, maxBytes }
  return client.ask(fetch, 11, {
    replicaId: -1,
    maxWaitMs,
    minBytes,
    maxBytes,
    isolationLevel: 0,
    sessionId,
    sessionEpoch: sessionId === 0 ? -1 : 1,
    topics: [{ name: topic, partitions: [wanted] }],
    forgottenTopics: [],
    rackId: '',
  })
}

export async function fetchFrom(client: Client, topic: string, wish: FetchWish = {}) {
  const answer = await fetchAnswer(client, topic, wish)
  const result = answer.topics[0]?.partitions[0]
  if (!result) throw new Error('the broker answered no partition')
  return result
}

export function askMetadata(client: Client) {
  return client.ask(metadata, 4, { topics: null, allowAutoTopicCreation: false })
}
