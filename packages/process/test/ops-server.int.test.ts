import { afterEach, expect, it } from 'vitest'
import { type DependencyCheck, type OpsServer, openOpsServer } from '../src/index.ts'

const open: OpsServer[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()))
})

function start(checkReadiness: () => Promise<readonly DependencyCheck[]>) {
  const readMetrics = async () => ({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' })
  const server = openOpsServer({ host: '127.0.0.1', port: 0, checkReadiness, readMetrics })
  open.push(server)
  return (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`)
}

it('tells alive from able to work', async () => {
  let ok = true
  const get = start(async () => [{ name: 'kafka', ok, ...(!ok && { problem: 'no broker answers' }) }])
  expect([(await get('/healthz')).status, (await get('/readyz')).status]).toEqual([200, 200])
  ok = false
  const notReady = await get('/readyz')
  expect([(await get('/healthz')).status, notReady.status]).toEqual([200, 503])
  expect(await notReady.json()).toMatchObject({ checks: [{ name: 'kafka', ok: false, problem: 'no broker answers' }] })
})

it('shows its figures, and nothing else', async () => {
  const get = start(async () => [])
  expect(await (await get('/metrics')).text()).toBe('up 1\n')
  expect((await get('/anything')).status).toBe(404)
})

it('is not ready when nobody can say whether it is', async () => {
  const get = start(() => Promise.reject(new Error('check')))
  expect((await get('/readyz')).status).toBe(503)
  expect((await get('/healthz')).status).toBe(200)
})
