import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outgoingMessage } from '../test/outgoing-message.ts'
import { composeNote, encodeWithin, readTtlSeconds } from './compose-note.ts'
import { addToken, composeFcmMessage } from './fcm/compose-fcm-message.ts'

const text = (maxLength: number) =>
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength }),
    fc.string({ unit: 'binary', maxLength }),
    fc.constant('字"\\'.repeat(maxLength / 3)),
  )
const contents = fc.record({
  title: text(256),
  message: text(2_000),
  actionUrl: fc.oneof(
    text(2_048),
    fc.constant(`https://x.example/${'a'.repeat(2_000)}`),
    fc.constant(`https://x.example/${'ä'.repeat(2_000)}`),
  ),
  actionText: text(80),
})

describe('what a device gets', () => {
  it('is at most 4,096 bytes and still names the delivery, whatever the content is', () => {
    const platform = fc.constantFrom('android' as const, 'ios' as const, 'web' as const)
    fc.assert(
      fc.property(contents, platform, fc.string({ maxLength: 128 }), (content, to, category) => {
        const message = outgoingMessage({ content, category })
        const encoded = composeFcmMessage(composeNote(message), to, message, Date.now())
        expect(Buffer.byteLength(encoded)).toBeLessThanOrEqual(4_096)
        const { deliveryId, notificationId } = message
        expect(JSON.parse(encoded).data).toMatchObject({ deliveryId, notificationId })
        expect(JSON.parse(encoded).notification.body.length).toBeLessThanOrEqual(150)
        const withToken = JSON.parse(addToken(encoded, 'a"b'))
        expect(withToken).toEqual({ message: { token: 'a"b', ...JSON.parse(encoded) } })
      }),
      { numRuns: 300 },
    )
  })

  it('loses first what is only nice to have, and the action last', () => {
    const content = {
      title: 'T'.repeat(120),
      message: 'word '.repeat(60),
      actionText: 'Open',
      actionUrl: 'https://x.example/a',
    }
    const note = composeNote(outgoingMessage({ content }))
    const fields = (bytesMax: number) => {
      const { title, body, link, data } = JSON.parse(encodeWithin(bytesMax, note, JSON.stringify))
      const names = { link, category: data.category, actionText: data.actionText, actionUrl: data.actionUrl }
      const kept = Object.entries(names).flatMap(([name, value]) => (value === undefined ? [] : [name]))
      return [...kept, body.length > 80 && 'long body', title.length > 100 && 'long title'].filter(Boolean)
    }
    const whole = Buffer.byteLength(JSON.stringify(note))
    const steps = Array.from({ length: whole + 1 }, (_, less) => fields(whole - less).join(' '))
    expect([...new Set(steps)]).toEqual([
      'link category actionText actionUrl long body long title',
      'link actionText actionUrl long body long title',
      'link actionUrl long body long title',
      'actionUrl long body long title',
      'actionUrl long title',
      'actionUrl',
      '',
    ])
  })

  it('has a title of one line, a body without control characters, and a link only by https', () => {
    const content = { title: 'Hello\r\nthere\u202e', message: 'one\r\ntwo\u0007', actionUrl: '/orders/1' }
    const note = composeNote(outgoingMessage({ content }))
    expect([note.title, note.body, note.link]).toEqual(['Hello there', 'one\ntwo', undefined])
    expect(note.data.actionUrl).toBe('/orders/1')
    expect(composeNote(outgoingMessage({ content }), 'https://shop.example').link).toBe('https://shop.example/orders/1')
    expect(composeNote(outgoingMessage({ content }), 'http://localhost:3000').link).toBeUndefined()
  })
})

it('a message lives as long as it is useful, four weeks at most', () => {
  const at = (ms: number) => readTtlSeconds(new Date(1_000_000 + ms), 1_000_000)
  expect([at(-1), at(999), at(61_500), at(40 * 86_400_000)]).toEqual([0, 0, 61, 2_419_200])
})
