import { afterEach, expect, it } from 'vitest'
import { createMetrics, type Metrics } from './metrics.ts'

const open: Metrics[] = []
afterEach(() => {
  for (const metrics of open.splice(0)) metrics.close()
})

function create(service = 'email') {
  const metrics = createMetrics(service)
  open.push(metrics)
  return metrics
}

it('counts what became of events, deliveries and attempts', async () => {
  const metrics = create()
  metrics.countEvents('accepted')
  metrics.countEvents('planned', 3)
  const attempt = { channel: 'EMAIL', outcome: 'accepted', reason: null, durationMs: 40, acceptedToDoneMs: 900 }
  metrics.observeAttempt({ ...attempt, status: 'SENT' })
  metrics.observeAttempt({ ...attempt, status: 'SCHEDULED', outcome: 'rejected', reason: 'greylisted' })
  const { body, contentType } = await metrics.read()
  expect(contentType).toContain('text/plain')
  expect(body).toContain('carillon_events_total{outcome="planned",service="email"} 3')
  expect(body).toContain('carillon_deliveries_total{channel="EMAIL",status="SENT",service="email"} 1')
  expect(body).toContain(
    'carillon_attempts_total{channel="EMAIL",outcome="rejected",reason="greylisted",service="email"} 1',
  )
  expect(body).toContain('carillon_accepted_to_sent_seconds_bucket{le="1",service="email",channel="EMAIL"} 1')
  expect(body).toContain('carillon_accepted_to_sent_seconds_count{service="email",channel="EMAIL"} 1')
})

it('measures requests by route and never by URL', async () => {
  const metrics = create('api')
  metrics.observeRequest({ method: 'GET', route: '/api/users/{id}', status: 200, durationMs: 12 })
  const { body } = await metrics.read()
  expect(body).toContain('route="/api/users/{id}",status="200"')
})

it('sees that the event loop was held up', async () => {
  const metrics = create()
  // It looks ten times a second, and has to have looked once before.
  await new Promise((resolve) => setTimeout(resolve, 250))
  const until = performance.now() + 300
  while (performance.now() < until);
  await new Promise((resolve) => setTimeout(resolve, 150))
  const { body } = await metrics.read()
  const lag = Number(/carillon_event_loop_lag_seconds\{[^}]*\} (\S+)/.exec(body)?.[1])
  expect(lag).toBeGreaterThan(0.1)
})

it('reads a watched figure when somebody asks', async () => {
  const metrics = create()
  let waiting = 1
  metrics.watch('carillon_worker_waiting', 'x', ['channel'], (gauge) => gauge.set({ channel: 'EMAIL' }, waiting))
  waiting = 7
  expect((await metrics.read()).body).toContain('carillon_worker_waiting{channel="EMAIL",service="email"} 7')
})

it('lets two processes of one fleet live in one process', async () => {
  const [a, b] = [create('api'), create('router')]
  a.countEvents('accepted')
  expect((await b.read()).body).not.toContain('outcome="accepted"')
})
