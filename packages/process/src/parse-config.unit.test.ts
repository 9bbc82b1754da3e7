import { expect, it } from 'vitest'
import { z } from 'zod'
import { ConfigError, flag, list, parseConfig, rates, setting, wholeNumber } from './parse-config.ts'

const table = {
  DATABASE_URL: setting(z.string(), 'Postgres'),
  KAFKA_BROKER: setting(list, 'brokers', { olderNames: ['KAFKA_BROKERS'] }),
  PORT: setting(wholeNumber(0, 65_535).default(3001), 'where it listens'),
  TLS: setting(flag.default(false), 'whether to speak TLS'),
}

it('reads values, older names and defaults', () => {
  expect(parseConfig(table, { DATABASE_URL: 'x', KAFKA_BROKERS: 'a:1, b:2,' })).toEqual({
    ...{ DATABASE_URL: 'x', KAFKA_BROKER: ['a:1', 'b:2'], PORT: 3001, TLS: false },
  })
  expect(parseConfig(table, { DATABASE_URL: 'x', KAFKA_BROKER: 'new', KAFKA_BROKERS: 'old', TLS: '1' })).toMatchObject({
    ...{ KAFKA_BROKER: ['new'], TLS: true },
  })
})

it('takes an empty value for none', () => {
  expect(parseConfig(table, { DATABASE_URL: 'x', KAFKA_BROKER: 'a', PORT: '' }).PORT).toBe(3001)
})

it('says every problem at once, with the name of the variable and what it is for', () => {
  const read = () => parseConfig(table, { PORT: '70000', TLS: 'yes' })
  expect(read).toThrow(ConfigError)
  expect(read).toThrow(/DATABASE_URL: is missing \(Postgres\).*KAFKA_BROKER: is missing.*PORT: .*TLS: /s)
})

it.each(['x', '1.5', '-1', '1e9', ' '])('takes %j for no port', (PORT) => {
  expect(() => parseConfig(table, { DATABASE_URL: 'x', KAFKA_BROKER: 'a', PORT })).toThrow(/PORT/)
})

it('reads rates as so many in so many seconds, and says which of them is none', () => {
  expect(rates.parse('3/600, 10/86400')).toEqual([
    { count: 3, windowMs: 600_000 },
    { count: 10, windowMs: 86_400_000 },
  ])
  expect(rates.parse('')).toEqual([])
  for (const wrong of ['3', '3/', '0/60', '3/0', '-1/60', '1.5/60', '3/600/1']) {
    expect(rates.safeParse(wrong).error?.issues[0]?.message).toContain(`"${wrong}"`)
  }
})
