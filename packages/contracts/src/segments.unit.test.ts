import { expect, it } from 'vitest'
import { parseSegmentRule } from './segments.ts'

const CITY = { attribute: 'city', is: 'Pune' }

function nest(levels: number): object {
  return levels === 0 ? CITY : { not: nest(levels - 1) }
}

it.each([
  CITY,
  { role: 'admin' },
  {
    all: [
      CITY,
      {
        any: [
          { attribute: 'age', atLeast: 18 },
          { attribute: 'vip', is: true },
        ],
      },
    ],
  },
  { not: { attribute: 'city', isOneOf: ['Pune', 'Goa'] } },
  { attribute: 'tags', contains: 'farmer' },
  { attribute: 'born', atMost: '2008-11-21' },
  { attribute: 'gotra', exists: false },
  nest(5),
])('takes %j as it stands', (rule) => {
  expect(parseSegmentRule(rule)).toEqual({ ok: true, rule })
})

it.each([
  ['nothing', undefined, 'rule'],
  ['a text', 'city = 1', 'rule'],
  ['a list', [CITY], 'rule'],
  ['an operator that does not exist', { attribute: 'city', like: '%' }, 'rule'],
  ['two operators', { attribute: 'city', is: 'a', exists: true }, 'rule'],
  ['two joints', { all: [CITY], any: [CITY] }, 'rule'],
  ['raw SQL beside a condition', { ...CITY, sql: '1=1' }, 'rule'],
  ['no rules to join', { all: [] }, 'rule.all'],
  ['too many rules to join', { any: Array(21).fill(CITY) }, 'rule.any'],
  ['a rule that is too deep', nest(6), 'rule.not.not.not.not.not.not'],
  ['a value that is an object', { attribute: 'city', is: { $gt: 1 } }, 'rule.is'],
  ['an attribute that is no name', { attribute: 7, is: 1 }, 'rule.attribute'],
  ['an attribute of a thousand characters', { attribute: 'a'.repeat(1_000), is: 1 }, 'rule.attribute'],
  ['NUL in a value', { attribute: 'city', is: 'a\u0000' }, 'rule.is'],
  ['a number without end', { attribute: 'age', atLeast: Number.POSITIVE_INFINITY }, 'rule.atLeast'],
  ['101 values', { attribute: 'city', isOneOf: Array(101).fill('a') }, 'rule.isOneOf'],
  ['a prototype', JSON.parse('{"__proto__": {"role": "admin"}}'), 'rule'],
])('refuses %s, and says where', (_name, rule, path) => {
  expect(parseSegmentRule(rule)).toMatchObject({ ok: false, problems: [{ path }] })
})

it('says every problem of a rule at once', () => {
  const rule = { all: [{ attribute: 'a', is: null }, { role: '' }, { any: [{ attribute: 'b' }] }] }
  const parsed = parseSegmentRule(rule)
  expect(parsed.ok ? [] : parsed.problems.map(({ path }) => path)).toEqual([
    'rule.all.0.is',
    'rule.all.1.role',
    'rule.all.2.any.0',
  ])
})

it('refuses more than fifty conditions, however they are joined', () => {
  const rule = { any: [1, 2, 3].map(() => ({ all: Array(20).fill(CITY) })) }
  expect(parseSegmentRule(rule)).toMatchObject({ ok: false, problems: [{ path: 'rule' }] })
})
