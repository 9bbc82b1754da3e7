import { expect, it } from 'vitest'
import { z } from 'zod'
import { problemsOf } from './problem.ts'

const schema = z.object({
  name: z.string().min(2).max(4),
  count: z.coerce.number().int().min(1).max(9),
  isOn: z.boolean(),
  channel: z.enum(['EMAIL', 'SMS']),
  ids: z.array(z.uuid()).min(1),
  at: z.iso.datetime(),
  own: z.string().regex(/^x/, 'must begin with x'),
})
const right = {
  name: 'abc',
  count: 3,
  isOn: true,
  channel: 'SMS',
  ids: [crypto.randomUUID()],
  at: '2026-01-01T00:00:00Z',
  own: 'x',
}

it.each([
  ['name', undefined, 'name', 'is needed, and must be a text'],
  ['name', 7, 'name', 'must be a text'],
  ['name', 'a', 'name', 'must have at least 2 characters'],
  ['name', 'abcde', 'name', 'must have at most 4 characters'],
  ['count', 'abc', 'count', 'must be a number'],
  ['count', 1.5, 'count', 'must be a whole number'],
  ['count', 0, 'count', 'must be at least 1'],
  ['count', 10, 'count', 'must be at most 9'],
  ['isOn', 'yes', 'isOn', 'must be true or false'],
  ['channel', 'MAIL', 'channel', 'must be one of EMAIL, SMS'],
  ['ids', 'a', 'ids', 'must be a list'],
  ['ids', [], 'ids', 'must have at least 1 entry'],
  ['ids', ['a'], 'ids.0', 'must be an id of ours, like 0190a1b2-c3d4-8e5f-8a6b-7c8d9e0f1a2b'],
  ['at', 'tomorrow', 'at', 'must be a date and time with a zone, like 2026-12-01T09:00:00Z'],
  ['own', 'y', 'own', 'must begin with x'],
])('%s: %j is answered with what to do', (field, value, path, message) => {
  const { error } = schema.safeParse({ ...right, [field]: value })
  expect(error && problemsOf(error)).toEqual([{ path, message }])
})

it('a body that is none is named as a whole', () => {
  const of = (value: unknown) => problemsOf(schema.safeParse(value).error ?? new z.ZodError([]))
  expect(of(undefined)).toEqual([{ path: '', message: 'an object is needed, as JSON' }])
  expect(of([])).toEqual([{ path: '', message: 'must be an object' }])
})
