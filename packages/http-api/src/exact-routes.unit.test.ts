import { expect, it } from 'vitest'
import { createExactRoutes } from './exact-routes.ts'
import { ROUTES } from './routes.ts'

const findExact = createExactRoutes(ROUTES)
const find = (method: string, url: string) => findExact(new Request(url, { method }))

it('finds every route without parameters, whatever is asked of it', () => {
  const exact = ROUTES.filter(({ path }) => !path.includes('{'))
  expect(exact.length).toBeGreaterThan(20)
  for (const route of exact)
    for (const query of ['', '?', '?a=/b?c'])
      expect(find(route.method.toUpperCase(), `http://shop.example:3001${route.path}${query}`)).toBe(route)
})

it.each([
  ['a path with a parameter', 'GET', '/api/notifications/1'],
  ['another method', 'DELETE', '/api/notifications'],
  ['a slash more', 'POST', '/api/notifications/'],
  ['an escaped letter', 'POST', '/api/%6eotifications'],
  ['what only holds a path of ours', 'POST', '/x/api/notifications'],
])('leaves %s to the router', (_name, method, path) => {
  expect(find(method, `http://shop.example${path}`)).toBeUndefined()
})
