import { expect, it } from 'vitest'
import { EVENT, startApi } from '../test/api-under-test.ts'
import { ROUTES } from './routes.ts'

it('are all routes without parameters, and no other', () => {
  const exact = Object.entries(startApi().app.exactRoutes).flatMap(([path, byMethod]) =>
    Object.keys(byMethod).map((method) => `${method} ${path}`),
  )
  const expected = ROUTES.filter(({ path }) => !path.includes('{'))
  expect(expected.length).toBeGreaterThan(20)
  expect(exact.toSorted()).toEqual(expected.map(({ method, path }) => `${method.toUpperCase()} ${path}`).toSorted())
})

it('answer as the router does', async () => {
  const { app, token } = startApi()
  for (const { method, path } of ROUTES.filter((route) => !route.path.includes('{'))) {
    const make = () => {
      const init = {
        method: method.toUpperCase(),
        headers: { authorization: `Bearer ${token}`, 'x-request-id': 'the-same-one' },
      }
      return new Request(`http://shop.example${path}`, init)
    }
    const exact = await app.exactRoutes[path]?.[METHODS[method]]?.(make())
    const routed = await app.fetch(make())
    expect([exact?.status, [...(exact?.headers ?? [])]], `${method} ${path}`).toEqual([
      routed.status,
      [...routed.headers],
    ])
  }
})

const METHODS = { get: 'GET', post: 'POST', put: 'PUT', delete: 'DELETE' } as const

it('where browsers may call are the way of services alone', async () => {
  const origin = 'https://shop.example'
  const { app, token } = startApi(undefined, undefined, { corsOrigins: [origin] })
  const paths = Object.keys(app.exactRoutes)
  expect(paths.filter((path) => app.exactRoutes[path]?.GET)).toEqual([])
  const post = (more: Record<string, string>) =>
    app.exactRoutes['/api/notifications']?.POST?.(
      new Request('http://api.example/api/notifications', {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...more },
        body: JSON.stringify(EVENT),
      }),
    )
  const allowed = async (more: Record<string, string>) => {
    const answer = await post(more)
    return [answer?.status, answer?.headers.get('access-control-allow-origin')]
  }
  expect(await allowed({})).toEqual([202, null])
  expect(await allowed({ origin })).toEqual([202, origin])
  expect(await allowed({ origin: 'https://else.example' })).toEqual([202, null])
})
