import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { extractTraceContext, injectTraceContext } from './trace-context.ts'

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
})
afterAll(() => {
  context.disable()
  propagation.disable()
})

const span = new BasicTracerProvider().getTracer('test').startSpan('accept')

test('a record carries the trace in which it was published, and whoever reads it goes on in that trace', () => {
  const headers = context.with(trace.setSpan(context.active(), span), () => injectTraceContext({ 'tenant-id': 't1' }))
  expect(headers).toMatchObject({ 'tenant-id': 't1', traceparent: expect.stringContaining(span.spanContext().traceId) })
  const received = { traceparent: Buffer.from(String(headers?.traceparent)) }
  expect(trace.getSpanContext(extractTraceContext(received))).toMatchObject({
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    isRemote: true,
  })
})

test('a trace that comes from a row is not replaced by the one that happens to run', () => {
  const own = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
  expect(context.with(trace.setSpan(context.active(), span), () => injectTraceContext(own))).toBe(own)
})

test('without a trace the headers stay as they are', () => {
  expect(injectTraceContext(undefined)).toBeUndefined()
  expect(trace.getSpanContext(extractTraceContext({}))).toBeUndefined()
})
