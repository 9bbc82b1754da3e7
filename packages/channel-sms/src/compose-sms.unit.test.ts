import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { composeSms } from './compose-sms.ts'
import { countSms, isGsm7 } from './gsm7.ts'

const compose = (message: string, options = {}, more = {}) => composeSms({ title: '', message, ...more }, options)

describe('counting', () => {
  const rows: [string, string, 'GSM-7' | 'UCS-2', number, number][] = [
    ['160 plain characters are one segment', 'a'.repeat(160), 'GSM-7', 160, 1],
    ['161 are two', 'a'.repeat(161), 'GSM-7', 161, 2],
    ['306 are two', 'a'.repeat(306), 'GSM-7', 306, 2],
    ['307 are three', 'a'.repeat(307), 'GSM-7', 307, 3],
    ['the euro sign counts two', '€'.repeat(80), 'GSM-7', 160, 1],
    ['and 81 of them do not fit', '€'.repeat(81), 'GSM-7', 162, 2],
    ['an escape pair is not torn apart', `${'a'.repeat(152)}${'€'.repeat(77)}`, 'GSM-7', 306, 3],
    ['umlauts are in GSM-7', 'ÄÖÜäöüß', 'GSM-7', 7, 1],
    ['a backtick is not', '`', 'UCS-2', 1, 1],
    ['an ellipsis is not', '…', 'UCS-2', 1, 1],
    ['70 of UCS-2 are one segment', 'й'.repeat(70), 'UCS-2', 70, 1],
    ['71 are two', 'й'.repeat(71), 'UCS-2', 71, 2],
    ['134 are two', 'й'.repeat(134), 'UCS-2', 134, 2],
    ['an emoji counts two', '😀'.repeat(35), 'UCS-2', 70, 1],
    ['a surrogate pair is not torn apart', `${'й'.repeat(66)}${'😀'.repeat(34)}`, 'UCS-2', 134, 3],
    ['nothing is one segment of nothing', '', 'GSM-7', 0, 1],
  ]
  it.each(rows)('%s', (_name, text, encoding, units, segments) => {
    expect(countSms(text)).toEqual({ encoding, units, segments })
  })
})

describe('what is written', () => {
  it('is title, text and link', () => {
    const content = { title: 'Parcel', message: 'It is on its way.', actionUrl: 'https://c.test/a' }
    expect(composeSms(content).text).toBe('Parcel: It is on its way. https://c.test/a')
  })

  it('does not say the title twice, nor the link', () => {
    const content = { title: 'Parcel', message: 'Parcel is here: https://c.test/a', actionUrl: 'https://c.test/a' }
    expect(composeSms(content).text).toBe('Parcel is here: https://c.test/a')
  })

  it('has a relative link only where it is known what it is relative to', () => {
    const more = { actionUrl: '/a' }
    expect(compose('Hello', {}, more).text).toBe('Hello')
    expect(compose('Hello', { publicBaseUrl: 'https://c.test' }, more).text).toBe('Hello https://c.test/a')
  })

  it('is plain: no control characters, no invisible ones, no lone surrogates', () => {
    expect(compose('a\u0000b\u200bc\u202ed\ud800e\r\nf\u2028g  h').text).toBe('a b c d\ufffde\nf\ng h')
  })

  it('spells typographic quotes and dashes plainly where that keeps GSM-7', () => {
    expect(compose('“Don’t” – wait…').text).toBe('"Don\'t" - wait...')
    expect(compose('“Привет”').text).toBe('“Привет”')
  })

  it('has an emoji in front only where it is asked for', () => {
    expect(compose('Hello').text).toBe('Hello')
    expect(compose('Hello', { emojiPrefix: '🔔 ' })).toMatchObject({ text: '🔔 Hello', encoding: 'UCS-2' })
  })

  it('is nothing for a content of nothing', () => {
    expect(compose(' \n ').text).toBe('')
    expect(compose('', { emojiPrefix: '🔔 ' }).text).toBe('')
  })
})

describe('what is too long', () => {
  const words = 'The quick brown fox jumps over the lazy dog and '.repeat(10)

  it('is cut after a word, with dots that are in GSM-7', () => {
    const { text, segments, isCut } = compose(words)
    expect({ segments, isCut }).toEqual({ segments: 1, isCut: true })
    expect(text).toMatch(/ (quick|brown|fox|jumps|over|the|lazy|dog|and|The)\.\.\.$/)
    expect(text.length).toBeGreaterThan(150)
  })

  it('is cut with an ellipsis in UCS-2', () => {
    const { text, units } = compose('Съешь же ещё этих мягких французских булок '.repeat(5))
    expect(text).toMatch(/\p{L}…$/u)
    expect(units).toBeLessThanOrEqual(70)
  })

  it('is not cut when it may have more segments', () => {
    expect(compose(words, { segmentsMax: 4 })).toMatchObject({ isCut: false, segments: 4 })
  })

  it('keeps its link whole', () => {
    const { text } = compose(words, {}, { actionUrl: 'https://c.test/abcdef' })
    expect(text).toMatch(/\.\.\. https:\/\/c\.test\/abcdef$/)
    expect(countSms(text).segments).toBe(1)
  })

  it('keeps the link that the text ends with', () => {
    expect(compose(`${words}https://c.test/end`).text).toMatch(/\.\.\. https:\/\/c\.test\/end$/)
  })

  it('has no link rather than half a one, or one that leaves no room for words', () => {
    const long = `https://c.test/${'a'.repeat(150)}`
    const { text } = compose(words, {}, { actionUrl: long })
    expect(text).not.toContain('https')
    expect(text).toMatch(/\.\.\.$/)
    expect(compose(`See ${long} for more about all of this, please`).text).toBe('See...')
  })

  it('is cut within a script without spaces, and never within a character', () => {
    const { text, units } = compose('世界'.repeat(50))
    expect(text).toBe(`${'世界'.repeat(34)}世…`)
    expect(units).toBe(70)
    const family = '👩‍👩‍👧‍👦'
    expect(compose(family.repeat(20)).text).toBe(`${family.repeat(6)}…`)
  })

  it('leaves out an emoji at its end when that makes room for twice the words', () => {
    const { text, encoding } = compose(`${'word '.repeat(29)}end 😀`)
    expect(encoding).toBe('GSM-7')
    expect(text).toBe(`${'word '.repeat(29)}end...`)
  })
})

describe('whatever the text', () => {
  const character = fc.oneof(
    fc.constantFrom(...'abc ABC €^{}[]~|\\ …’“–`ñ😀世界й\n\u200d👩'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2 }),
    fc.constantFrom(' https://c.test/x ', ' https://carillon.test/a/very/long/link/indeed?with=query&and=more '),
  )
  const texts = fc.array(character, { maxLength: 400 }).map((parts) => parts.join(''))

  it('it fits, is well-formed, and says whether it was cut', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 4 }), (message, segmentsMax) => {
        const { text, segments, isCut, encoding } = compose(message, { segmentsMax })
        expect(segments).toBeLessThanOrEqual(segmentsMax)
        expect(text.isWellFormed()).toBe(true)
        expect(encoding).toBe(isGsm7(text) ? 'GSM-7' : 'UCS-2')
        if (isCut && text !== '') expect(text).toMatch(/((\.\.\.|…)( https:\/\/\S+)?|^https:\/\/\S+)$/)
      }),
      { numRuns: 300 },
    )
  })

  it('what is in GSM-7 stays in it, and no link is torn', () => {
    fc.assert(
      fc.property(texts, (message) => {
        const { text } = compose(message)
        if (isGsm7(message)) expect(isGsm7(text)).toBe(true)
        const given: string[] = message.match(/https?:\/\/\S+/g) ?? []
        for (const link of text.match(/https?:\/\/\S+/g) ?? []) expect(given).toContain(link)
      }),
      { numRuns: 300 },
    )
  })

  it('a short link of its own is always whole', () => {
    fc.assert(
      fc.property(texts, (message) => {
        const { text } = compose(message, {}, { actionUrl: 'https://c.test/go' })
        expect(text).toContain('https://c.test/go')
      }),
      { numRuns: 300 },
    )
  })
})
