export interface CollectedSpan {
  readonly service: string
  readonly name: string
  readonly traceId: string
  readonly attributes: Readonly<Record<string, unknown>>
}

export interface Collector {
  readonly url: string
  readonly spans: readonly CollectedSpan[]
  close(): Promise<void>
}

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: number }
}

interface Exported {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string
        readonly traceId: string
        readonly attributes: readonly Attribute[]
      }[]
    }[]
  }[]
}

/** Takes what is exported by OTLP over HTTP, as JSON. */
export function openCollector(): Collector {
  const spans: CollectedSpan[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const exported: Exported = JSON.parse(await request.text())
      spans.push(...readSpans(exported))
      return Response.json({})
    },
  })
  return { url: server.url.href, spans, close: () => server.stop(true) }
}

function readSpans({ resourceSpans }: Exported): CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(readAttributes(resource.attributes)['service.name'])
    return scopeSpans.flatMap((scope) =>
      scope.spans.map(({ name, traceId, attributes }) => ({
        service,
        name,
        traceId,
        attributes: readAttributes(attributes),
      })),
    )
  })
}

function readAttributes(attributes: readonly Attribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue]))
}
