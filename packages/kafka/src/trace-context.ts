import { type Context, context, propagation, ROOT_CONTEXT, type TextMapGetter, trace } from '@opentelemetry/api'
import { type OutgoingHeaders, type ReceivedHeaders, readHeader } from './record.ts'

/** Adds the active trace context, unless the record brings one of its own (from a row, say). */
export function injectTraceContext(headers: OutgoingHeaders | undefined): OutgoingHeaders | undefined {
  if (headers?.traceparent !== undefined || trace.getActiveSpan() === undefined) return headers
  const carrier: Record<string, string> = {}
  propagation.inject(context.active(), carrier)
  if (carrier.traceparent === undefined) return headers
  return { ...headers, ...carrier }
}

const getter: TextMapGetter<ReceivedHeaders> = {
  keys: (headers) => Object.keys(headers),
  get: (headers, name) => readHeader(headers, name),
}

export function extractTraceContext(headers: ReceivedHeaders): Context {
  return propagation.extract(ROOT_CONTEXT, headers, getter)
}
