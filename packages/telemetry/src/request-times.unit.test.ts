import fc from 'fast-check'
import { Histogram, Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { createRequestTimes } from './request-times.ts'

const NAME = 'carillon_http_request_seconds'
const BOUNDS = [0.005, 0.1, 1, 60]
const request = fc.record({
  method: fc.constantFrom('GET', 'POST', 'say "x"\\\n'),
  route: fc.constantFrom('/api/users/{id}', '/api/notifications', 'unknown'),
  status: fc.constantFrom(200, 202, 503),
  durationMs: fc.oneof(
    fc.constantFrom(0, 5, 5.1, 100, 1_000, 60_000, 90_000),
    fc.double({ min: 0, max: 1e6, noNaN: true }),
  ),
})

it('says of any requests what prom-client says of them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(request), async (requests) => {
      const times = createRequestTimes({ name: NAME, help: 'x', service: 'api', boundsSeconds: BOUNDS })
      const registry = new Registry()
      registry.setDefaultLabels({ service: 'api' })
      const labelNames = ['method', 'route', 'status']
      const histogram = new Histogram({ name: NAME, help: 'x', labelNames, buckets: BOUNDS, registers: [registry] })
      for (const one of requests) {
        const { method, route, status, durationMs } = one
        times.observe(one)
        histogram.observe({ method, route, status: String(status) }, durationMs / 1_000)
      }
      expect(times.render()).toBe(await registry.metrics())
    }),
    { numRuns: 300 },
  )
})
