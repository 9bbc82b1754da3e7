import { expect, it } from 'vitest'
import { toDictionary } from './dictionary.ts'

it('what is the same stands once, and every row knows the place of its like', () => {
  const rows = ['b', 'a', 'b', 'c', 'a']
  expect(toDictionary(rows, (row) => row)).toEqual({ distinct: ['b', 'a', 'c'], places: [1, 2, 1, 3, 2] })
})

it('a row that is like the one before needs no key', () => {
  const keys: string[] = []
  const keyOf = (row: string) => {
    keys.push(row)
    return row
  }
  const { places } = toDictionary(['a', 'a', 'b', 'b', 'a'], keyOf, (row, before) => row === before)
  expect(places).toEqual([1, 1, 2, 2, 1])
  expect(keys).toEqual(['a', 'b', 'a'])
})
