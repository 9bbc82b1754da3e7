import { expect, test } from 'vitest'
import { DECISION_CODES, explainDecision } from './decision-codes.ts'

test('every code is snake_case and explained by a sentence of its own', () => {
  const sentences = Object.values(DECISION_CODES)
  expect(new Set(sentences).size).toBe(sentences.length)
  for (const [code, sentence] of Object.entries(DECISION_CODES)) {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(sentence).toMatch(/^[A-Z].{20,}\.$/)
    expect(sentence).not.toContain('|')
    expect(explainDecision(code)).toBe(sentence)
  }
})

test.each(['', 'made_up', 'constructor', '__proto__', 'toString'])(
  'a code without a sentence (%j) still reads',
  (code) => {
    expect(explainDecision(code)).toContain(`“${code}”`)
  },
)
