import { expect, it } from 'vitest'
import { createCountryBudgets } from './country-budgets.ts'

const few = [{ count: 1, windowMs: 60_000 }]
const many = [{ count: 9, windowMs: 60_000 }]

it('gives a number the budget of its country, and each other country one of its own', () => {
  const find = createCountryBudgets({ DE: many, '*': few })
  expect(find('+4915112345678')).toEqual({ name: 'DE', rates: many })
  expect(find('+436641234567')).toEqual({ name: 'AT', rates: few })
  expect(find('+41791234567')).toEqual({ name: 'CH', rates: few })
})

it('tells countries apart that share a code', () => {
  const find = createCountryBudgets({ US: many, CA: few })
  expect(find('+12025550123')).toEqual({ name: 'US', rates: many })
  expect(find('+16135550123')).toEqual({ name: 'CA', rates: few })
})

it('holds nobody where no budget is named, nor a number that is none', () => {
  const find = createCountryBudgets({ DE: few })
  for (const address of ['+436641234567', 'ada@mail.test', '', '+999']) expect(find(address)).toBeUndefined()
})
