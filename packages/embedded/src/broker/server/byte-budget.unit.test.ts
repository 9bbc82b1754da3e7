import { expect, test } from 'vitest'
import { createByteBudget } from './byte-budget.ts'

test('who asks for room while there is none waits until some is given back', async () => {
  const budget = createByteBudget(10)
  budget.take(10)
  const order: string[] = []
  const first = budget.room().then(() => order.push('first'))
  const second = budget.room().then(() => order.push('second'))
  await Promise.resolve()
  expect(order).toEqual([])
  budget.give(1)
  await Promise.all([first, second])
  expect(order).toEqual(['first', 'second'])
})

test('room that the first in line fills again is not given to the second', async () => {
  const budget = createByteBudget(10)
  budget.take(10)
  const first = budget.room().then(() => budget.take(10))
  let hasRoom = false
  const second = budget.room().then(() => {
    hasRoom = true
  })
  budget.give(10)
  await first
  await Promise.resolve()
  expect(hasRoom).toBe(false)
  budget.give(10)
  await second
  expect(hasRoom).toBe(true)
})
