import { context, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base'

export interface Tracing {
  close(): Promise<void>
}

/**
 * W3C trace context goes through the fleet whether or not anybody collects it: through HTTP headers, record headers and
 * rows. Spans leave the process only where an endpoint is set.
 */
export function startTracing(service: string, endpoint: string | undefined): Tracing {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new W3CTraceContextPropagator())
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': `carillon-${service}` }),
    // Nobody would see the spans: ids are still made and passed on, but nothing is recorded.
    ...(!endpoint && { sampler: new AlwaysOffSampler() }),
    spanProcessors: endpoint ? [exportTo(endpoint)] : [],
  })
  trace.setGlobalTracerProvider(provider)
  return {
    async close() {
      await provider.shutdown()
    },
  }
}

function exportTo(endpoint: string): SpanProcessor {
  return new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` }))
}
