import type { Api } from '../protocol/api.ts'
import { apiVersions } from '../protocol/api-versions.ts'
import { errorCode } from '../protocol/error-codes.ts'
import { requestHeader } from '../protocol/request-header.ts'
import { type ByteReader, createByteReader } from '../wire/byte-reader.ts'
import { type ByteWriter, createByteWriter, finishChunks, writeInt32 } from '../wire/byte-writer.ts'

// From a frame to its answer: read the header, find the route, read the body by its schema, call the handler, write the
// answer by its schema.

export interface RequestContext {
  readonly version: number
  readonly clientId: string
  readonly connection: Caller
}

// What a handler may know of the connection that asks.
export interface Caller {
  readonly host: string
  // The address under which this caller reaches the broker.
  readonly advertised: { readonly host: string; readonly port: number }
  onClose(listener: () => void): () => void
  // Slow readers of earlier answers hold all the memory that there is for answers.
  isCrowded(): boolean
  // Resolves when some of those answers have been taken, or their readers given up on.
  roomToAnswer(): Promise<void>
}

// Produce with acks = 0 expects no answer; the only way to tell such a producer of an error is to hang up.
export type HandlerAnswer<Response> = Response | 'no answer' | 'hang up'

export type Handler<Request, Response> = (
  request: Request,
  context: RequestContext,
) => HandlerAnswer<Response> | Promise<HandlerAnswer<Response>>

export interface Route {
  readonly key: number
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
  run(body: ByteReader, context: RequestContext): Promise<HandlerAnswer<(to: ByteWriter) => void>>
}

export interface EncodedAnswer {
  readonly chunks: readonly Buffer[]
  readonly givenAway: readonly Buffer[]
}

export type FrameAnswer = HandlerAnswer<EncodedAnswer>

export function route<Request, Response extends object>(
  api: Api<Request, Response>,
  handle: Handler<Request, Response>,
): Route {
  return {
    key: api.key,
    name: api.name,
    minVersion: api.minVersion,
    maxVersion: api.maxVersion,
    async run(body, context) {
      const answer = await handle(api.request.read(body, context.version), context)
      if (typeof answer === 'string') return answer
      return (to) => api.response.write(to, answer, context.version)
    },
  }
}

export function createAnswerFrame(routes: readonly Route[]) {
  const byKey = new Map(routes.map((each) => [each.key, each]))

  return async function answerFrame(frame: Buffer, connection: Caller): Promise<FrameAnswer> {
    const reader = createByteReader(frame)
    const header = requestHeader.read(reader, 0)
    const found = byKey.get(header.apiKey)
    const isKnownVersion = found && header.apiVersion >= found.minVersion && header.apiVersion <= found.maxVersion
    if (!isKnownVersion) return answerUnsupported(header)
    const context = { version: header.apiVersion, clientId: header.clientId ?? '', connection }
    const write = await found.run(reader, context)
    return typeof write === 'function' ? encodeAnswer(header.correlationId, write) : write
  }
}

// A client that is newer than the broker must still be able to learn what the broker speaks, so ApiVersions alone is
// answered in any version, in the oldest form. Everything else was announced, and asking for more is a broken client.
function answerUnsupported(header: { apiKey: number; apiVersion: number; correlationId: number }): FrameAnswer {
  if (header.apiKey !== apiVersions.key)
    throw new Error(`answer API ${header.apiKey} version ${header.apiVersion}, which is not supported`)
  const { key, minVersion, maxVersion } = apiVersions
  const answer = {
    errorCode: errorCode.unsupportedVersion,
    apiKeys: [{ apiKey: key, minVersion, maxVersion }],
    throttleTimeMs: 0,
  }
  return encodeAnswer(header.correlationId, (to) => apiVersions.response.write(to, answer, 0))
}

function encodeAnswer(correlationId: number, write: (to: ByteWriter) => void): EncodedAnswer {
  const writer = createByteWriter()
  writeInt32(writer, 0)
  writeInt32(writer, correlationId)
  write(writer)
  const chunks = finishChunks(writer)
  chunks[0]?.writeInt32BE(writer.chunkBytes - 4, 0)
  return { chunks, givenAway: writer.givenAway }
}
