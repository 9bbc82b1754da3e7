import { expect, it } from 'vitest'
import { toDictionary } from './dictionary.ts'

it('what is the same stands once, and every row knows the place of its like', () => {
  const rows = ['b', 'a', 'b', 'c', 'a']
  expect(toDictionary(rows, (row) => row)).toEqual({ distinct: ['b', 'a', 'c'], places: [1, 2, 1, 3, 2] })
})
