import { expect, it } from 'vitest'
import { toColumns } from './run-statement.ts'

it('what a column ends with is left out where it is nothing, and the first column says how many rows there are', () => {
  const rows = [
    { id: null, some: 1, none: null },
    { id: null, some: undefined, none: undefined },
    { id: null, some: false, none: null },
    { id: null, some: null, none: null },
  ]
  expect(toColumns(rows, [(row) => row.id, (row) => row.some, (row) => row.none])).toEqual([
    [null, null, null, null],
    [1, undefined, false],
    [],
  ])
})
