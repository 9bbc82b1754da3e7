import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { createRequestTimes } from './request-times.ts'

export type Metrics = ReturnType<typeof createMetrics>

// It wakes the process as often, also one that has nothing to do; a stall that is worth an alert is longer.
const LAG_LOOK_MS = 100
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]

/** The same names in every process, so that one dashboard serves the fleet; `service` tells them apart. */
export function createMetrics(service: string) {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  const registers = [registry]
  // The API counts an event a request: prom-client is told when somebody asks.
  const uncollected = new Map<string, number>()
  const events = new Counter({
    name: 'carillon_events_total',
    help: 'Events by what became of them',
    labelNames: ['outcome'],
    registers: [],
    collect() {
      for (const [outcome, count] of uncollected) this.inc({ outcome }, count)
      uncollected.clear()
    },
  })
  registry.registerMetric(events)
  const deliveries = new Counter({
    name: 'carillon_deliveries_total',
    help: 'Deliveries by channel and the state they were brought to',
    labelNames: ['channel', 'status'],
    registers,
  })
  const attempts = new Counter({
    name: 'carillon_attempts_total',
    help: 'Attempts by channel and what the provider answered',
    labelNames: ['channel', 'outcome', 'reason'],
    registers,
  })
  const attemptSeconds = new Histogram({
    name: 'carillon_attempt_seconds',
    help: 'From hand-over to the answer recorded',
    labelNames: ['channel'],
    buckets: SECONDS,
    registers,
  })
  const acceptedToSent = new Histogram({
    name: 'carillon_accepted_to_sent_seconds',
    help: 'From the acceptance of an event to a provider taking its message',
    labelNames: ['channel'],
    buckets: SECONDS,
    registers,
  })
  const clockWork = new Counter({
    name: 'carillon_clock_work_total',
    help: 'Rows that the clock moved, by kind of work',
    labelNames: ['work'],
    registers,
  })
  const requests = createRequestTimes({
    name: 'carillon_http_request_seconds',
    help: 'HTTP requests by route and status',
    service,
    boundsSeconds: SECONDS,
  })
  const watched = new Map<string, ((gauge: Gauge) => void)[]>()

  /** Several parts of a process may watch under one name, each with labels of its own. */
  function watch(name: string, help: string, labelNames: readonly string[], collect: (gauge: Gauge) => void): void {
    const collectors = watched.get(name) ?? []
    collectors.push(collect)
    if (watched.has(name)) return
    watched.set(name, collectors)
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers,
      collect: () => collectors.forEach((one) => void one(gauge)),
    })
  }

  const loop = monitorEventLoopDelay({ resolution: LAG_LOOK_MS })
  loop.enable()
  watch(
    'carillon_event_loop_lag_seconds',
    'The longest time that the event loop was held up since the last look',
    [],
    (gauge) => {
      gauge.set(Math.max(0, loop.max / 1e9))
      loop.reset()
    },
  )
  watch('carillon_memory_bytes', 'Resident memory of the process', [], (gauge) => gauge.set(process.memoryUsage.rss()))

  return {
    countEvents: (outcome: string, count = 1) => void uncollected.set(outcome, (uncollected.get(outcome) ?? 0) + count),
    countDelivery: (channel: string, status: string, count = 1) => deliveries.inc({ channel, status }, count),
    observeAttempt(attempt: {
      readonly channel: string
      readonly outcome: string
      readonly reason: string | null
      readonly status: string
      readonly durationMs: number
      readonly acceptedToDoneMs: number
    }) {
      const { channel, outcome, reason, status, durationMs, acceptedToDoneMs } = attempt
      attempts.inc({ channel, outcome, reason: reason ?? '' })
      deliveries.inc({ channel, status })
      attemptSeconds.observe({ channel }, durationMs / 1_000)
      if (status === 'SENT') acceptedToSent.observe({ channel }, Math.max(0, acceptedToDoneMs) / 1_000)
    },
    countClockWork: (work: string, count: number) => clockWork.inc({ work }, count),
    observeRequest: requests.observe,
    /** A gauge that is read when somebody asks, and costs nothing otherwise. */
    watch,
    async read() {
      return { contentType: registry.contentType, body: `${await registry.metrics()}\n${requests.render()}` }
    },
    close: () => loop.disable(),
  }
}
