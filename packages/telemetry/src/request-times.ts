// A histogram that every request is counted in. prom-client makes a name of the labels and of the bucket for each value, which
// costs as much as an accepted event's log line; here the series is found by the words themselves, and text is made when asked.

export interface MeasuredRequest {
  readonly method: string
  readonly route: string
  readonly status: number
  readonly durationMs: number
}

interface Series extends Omit<MeasuredRequest, 'durationMs'> {
  /** How many ended within each bound and above the one before; the last are above all. */
  readonly counts: number[]
  count: number
  sum: number
}

export interface RequestTimesOptions {
  readonly name: string
  readonly help: string
  readonly service: string
  readonly boundsSeconds: readonly number[]
}

export function createRequestTimes({ name, help, service, boundsSeconds }: RequestTimesOptions) {
  const all: Series[] = []
  let latest: Series | undefined

  function findSeries({ method, route, status }: MeasuredRequest): Series {
    const isOne = (one: Series) => one.route === route && one.status === status && one.method === method
    // Most requests are of the kind of the one before.
    if (latest !== undefined && isOne(latest)) return latest
    const known = all.find(isOne)
    if (known) return known
    const made = { method, route, status, counts: Array(boundsSeconds.length + 1).fill(0), count: 0, sum: 0 }
    all.push(made)
    return made
  }

  function renderSeries({ method, route, status, counts, count, sum }: Series): string[] {
    const labels = Object.entries({ service, method, route, status: String(status) })
      .map(([label, value]) => `${label}="${escapeLabel(value)}"`)
      .join(',')
    let within = 0
    const buckets = [...boundsSeconds, '+Inf'].map((bound, at) => {
      within += counts[at] ?? 0
      return `${name}_bucket{le="${bound}",${labels}} ${within}`
    })
    return [...buckets, `${name}_sum{${labels}} ${sum}`, `${name}_count{${labels}} ${count}`]
  }

  return {
    observe(request: MeasuredRequest): void {
      const series = findSeries(request)
      const seconds = request.durationMs / 1_000
      let at = 0
      while (at < boundsSeconds.length && seconds > (boundsSeconds[at] ?? 0)) at++
      series.counts[at] = (series.counts[at] ?? 0) + 1
      series.count += 1
      series.sum += seconds
      latest = series
    },
    /** As prom-client writes a histogram. */
    render: (): string =>
      [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...all.flatMap(renderSeries), ''].join('\n'),
  }
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
}
