import { ACCEPTED_VALUES, NO_EVENTS, REFUSED_BODIES } from './json-cases.ts'
import { IMPOSSIBLE_TEXTS, NAUGHTY_LINES, NAUGHTY_TEXTS } from './naughty-texts.ts'

/** One thing that somebody sends, what must become of it, and what must come back when it was taken. */
export interface OddInput {
  readonly name: string
  readonly bytes: Uint8Array
  readonly expected: 'accepted' | 'refused' | 'either'
  readonly userId: string
  readonly wanted: Wanted
}

export interface Wanted {
  readonly title?: string
  readonly message?: string
  readonly metadata?: unknown
}

/** Through each door the same, to people of their own. */
export function planInput(door: string): OddInput[] {
  let count = 0
  const nextUser = () => `${door}-${count++}`
  const values = ACCEPTED_VALUES.map((text): OddInput => {
    const userId = nextUser()
    const body = `{"type":"X","message":"m","channels":["IN_APP"],"recipientIds":["${userId}"],"metadata":{"value":${text}}}`
    const wanted = { message: 'm', metadata: { value: JSON.parse(text) } }
    return { name: `value ${text}`, bytes: encode(body), expected: 'accepted', userId, wanted }
  })
  const bodies = [...REFUSED_BODIES, ...NO_EVENTS].map(({ name, bytes }): OddInput => {
    return { name: `body ${name}`, bytes, expected: 'refused', userId: nextUser(), wanted: {} }
  })
  const texts = [...NAUGHTY_TEXTS, ...NAUGHTY_LINES].map((text) => {
    const wanted = { message: text, metadata: { text, list: [text] } }
    return buildText(`text ${JSON.stringify(text)}`, 'accepted', nextUser(), wanted)
  })
  const names = [...NAUGHTY_TEXTS, ...NAUGHTY_LINES].map((text) => {
    const wanted = { title: text, message: 'm', metadata: { [text]: 1 } }
    return buildText(`name ${JSON.stringify(text)}`, 'either', nextUser(), wanted, { notificationId: text, type: text })
  })
  const impossible = IMPOSSIBLE_TEXTS.map((text) =>
    buildText(`impossible ${JSON.stringify(text)}`, 'refused', nextUser(), { message: text }),
  )
  return [...values, ...bodies, ...texts, ...names, ...impossible]
}

function buildText(
  name: string,
  expected: OddInput['expected'],
  userId: string,
  wanted: Wanted,
  more: object = {},
): OddInput {
  const event = { type: 'X', channels: ['IN_APP'], recipientIds: [userId], ...wanted, ...more }
  return { name, bytes: encode(JSON.stringify(event)), expected, userId, wanted }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
