import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { afterEach, expect, it } from 'vitest'
import { startTracing } from '../src/index.ts'

afterEach(() => {
  for (const api of [trace, context, propagation]) api.disable()
})

const CALLER = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

function spanUnder(traceparent: string | undefined) {
  const parent = propagation.extract(ROOT_CONTEXT, traceparent === undefined ? {} : { traceparent })
  const span = trace.getTracer('test').startSpan('work', {}, parent)
  const carrier: Record<string, string> = {}
  context.with(trace.setSpan(parent, span), () => propagation.inject(context.active(), carrier))
  span.end()
  return { span, traceparent: carrier.traceparent }
}

it('passes trace context on where nobody collects it', async () => {
  const tracing = startTracing('api', undefined)
  expect(spanUnder(CALLER).traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-0[01]$/)
  expect(spanUnder(undefined).traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
  expect(spanUnder(CALLER).span.isRecording()).toBe(false)
  await tracing.close()
})

it('keeps the context through what is awaited', async () => {
  const tracing = startTracing('api', undefined)
  const span = trace.getTracer('test').startSpan('work')
  await context.with(trace.setSpan(ROOT_CONTEXT, span), async () => {
    await new Promise((resolve) => setImmediate(resolve))
    expect(trace.getSpan(context.active())).toBe(span)
  })
  await tracing.close()
})

it('exports spans to the endpoint, the last ones on close', async () => {
  const received: { path: string; body: string }[] = []
  const collector = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      received.push({ path: new URL(request.url).pathname, body: await request.text() })
      return Response.json({})
    },
  })
  try {
    const tracing = startTracing('api', `http://127.0.0.1:${collector.port}/`)
    const { span } = spanUnder(CALLER)
    expect(span.isRecording()).toBe(false)
    await tracing.close()
    expect(received.map(({ path }) => path)).toEqual(['/v1/traces'])
    expect(received[0]?.body).toContain('0af7651916cd43dd8448eb211c80319c')
    expect(received[0]?.body).toContain('carillon-api')
  } finally {
    await collector.stop(true)
  }
})
