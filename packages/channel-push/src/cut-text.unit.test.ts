import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutText } from './cut-text.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc
    .array(fc.constantFrom('👨‍👩‍👧‍👦', 'a', ' ', 'é', '🇩🇪', 'word ', '字', '\n', '👍🏽'), { maxLength: 300 })
    .map((parts) => parts.join('')),
)
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
const toGraphemes = (text: string) => [...segmenter.segment(text)].map(({ segment }) => segment)

describe('a text that is cut', () => {
  it('ends at a word', () => {
    expect(cutText('The quick brown fox jumps', 17)).toBe('The quick brown…')
    expect(cutText('The quick brown fox jumps', 16)).toBe('The quick brown…')
  })

  it('ends inside a word that is longer than all', () => {
    expect(cutText('Donaudampfschifffahrtsgesellschaft', 12)).toBe('Donaudampfs…')
  })

  it('stays as it is when it fits', () => {
    fc.assert(fc.property(anyText, (text) => cutText(text, text.length) === text))
  })

  it('is never longer than it may be, and ends in an ellipsis', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 200 }), (text, max) => {
        const cut = cutText(text, max)
        expect(cut.length).toBeLessThanOrEqual(max)
        if (text.length > max) expect(cut.endsWith('…')).toBe(true)
      }),
    )
  })

  it('is made of whole characters from the beginning of the text', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 200 }), (text, max) => {
        fc.pre(text.isWellFormed() && text.length > max)
        const kept = cutText(text, max).slice(0, -1)
        expect(kept.isWellFormed()).toBe(true)
        const whole = toGraphemes(text)
        const count = toGraphemes(kept).length
        expect(whole.slice(0, count).join('')).toBe(kept)
      }),
    )
  })
})
