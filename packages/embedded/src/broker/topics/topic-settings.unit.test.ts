import { expect, test } from 'vitest'
import { findSettingProblem, resolveSettings } from './topic-settings.ts'

test('settings that the broker keeps are accepted', () => {
  expect(
    findSettingProblem({ 'retention.ms': '-1', 'max.message.bytes': '2000000', 'cleanup.policy': 'delete' }),
  ).toBeUndefined()
})

test('a setting that it would not keep is refused, with the reason', () => {
  expect(findSettingProblem({ 'cleanup.policy': 'compact' })).toMatch('supports delete only')
  expect(findSettingProblem({ 'retention.ms': 'a week' })).toMatch('a whole number of at least -1')
  expect(findSettingProblem({ 'retention.ms': '-2' })).toMatch('at least -1')
  expect(findSettingProblem({ constructor: 'x' })).toMatch('Unknown topic config name')
})

test('what is not set has the default', () => {
  expect(resolveSettings({ 'retention.ms': '5' })).toEqual({
    messageBytesMax: 1_048_588,
    retentionBytes: -1,
    retentionMs: 5,
    segmentBytes: 67_108_864,
  })
})
