import { KafkaJSConnectionError } from 'kafkajs'
import { expect, it } from 'vitest'
import { isKafkaOutage, PublishError } from './index.ts'

const lost = new KafkaJSConnectionError('connect ECONNREFUSED')

it('a broker that is away is waited out, also where the error was wrapped on its way', () => {
  expect(isKafkaOutage(lost)).toBe(true)
  expect(isKafkaOutage(new Error('read offsets of email', { cause: lost }))).toBe(true)
})

it('a publish is repeated only where a repetition may succeed', () => {
  expect(isKafkaOutage(new PublishError('unavailable', 'no acknowledgement'))).toBe(true)
  expect(isKafkaOutage(new PublishError('too_large', 'too large', lost))).toBe(false)
})

it('any other error is no outage', () => {
  expect(isKafkaOutage(new Error('read offsets of email'))).toBe(false)
  expect(isKafkaOutage('KafkaJS')).toBe(false)
})
