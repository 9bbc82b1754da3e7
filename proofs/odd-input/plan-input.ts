import { ACCEPTED_VALUES, type JsonCase, NO_EVENTS, REFUSED_BODIES, REFUSED_THOUGH_RIGHT } from './json-cases.ts'
import { IMPOSSIBLE_TEXTS, NAUGHTY_LINES, NAUGHTY_TEXTS } from './naughty-texts.ts'
import type { Collections } from './read-collections.ts'

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
export function planInput(door: string, { parsing, texts: collected }: Collections): OddInput[] {
  let count = 0
  const nextUser = () => `${door}-${count++}`
  const texts = [...new Set([...collected, ...NAUGHTY_TEXTS, ...NAUGHTY_LINES])]
  return [
    ...parsing.map((one) => wrapValue(one, expectationOf(one.name), nextUser())),
    // None of them is an event, so by itself the one half is no JSON to us and the other says nothing.
    ...[...parsing, ...REFUSED_BODIES, ...NO_EVENTS].map(
      ({ name, bytes }): OddInput => ({
        name: `body ${name}`,
        bytes,
        expected: 'refused',
        userId: nextUser(),
        wanted: {},
      }),
    ),
    ...ACCEPTED_VALUES.map((text) => wrapValue({ name: text, bytes: Buffer.from(text) }, 'accepted', nextUser())),
    ...texts.map((text) => {
      const wanted = { message: text, metadata: { text, list: [text] } }
      return buildText(`text ${JSON.stringify(text)}`, text === '' ? 'refused' : 'accepted', nextUser(), wanted)
    }),
    ...texts.map((text) => {
      const wanted = { title: text, message: 'm', metadata: { [text]: 1 } }
      return buildText(`name ${JSON.stringify(text)}`, 'either', nextUser(), wanted, {
        notificationId: text,
        type: text,
      })
    }),
    ...IMPOSSIBLE_TEXTS.map((text) =>
      buildText(`impossible ${JSON.stringify(text)}`, 'refused', nextUser(), { message: text }),
    ),
  ]
}

/** As the collection names its cases: yes, no, or as the implementation likes. */
function expectationOf(name: string): OddInput['expected'] {
  if (name.startsWith('i_')) return 'either'
  return name.startsWith('y_') && !REFUSED_THOUGH_RIGHT.has(name) ? 'accepted' : 'refused'
}

/** Where any JSON may stand: as a value in an event's metadata. */
function wrapValue({ name, bytes }: JsonCase, expected: OddInput['expected'], userId: string): OddInput {
  const before = `{"type":"X","message":"m","channels":["IN_APP"],"recipientIds":["${userId}"],"metadata":{"value":`
  const wanted = { message: 'm', metadata: { value: readValue(bytes) } }
  return {
    name: `value ${name}`,
    bytes: Buffer.concat([Buffer.from(before), bytes, Buffer.from('}}')]),
    expected,
    userId,
    wanted,
  }
}

/** What stands nowhere, where a parser of another's making sees no value: then whatever comes back is wrong. */
function readValue(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
  } catch {
    return { 'no value': crypto.randomUUID() }
  }
}

function buildText(
  name: string,
  expected: OddInput['expected'],
  userId: string,
  wanted: Wanted,
  more: object = {},
): OddInput {
  const event = { type: 'X', channels: ['IN_APP'], recipientIds: [userId], ...wanted, ...more }
  return { name, bytes: Buffer.from(JSON.stringify(event)), expected, userId, wanted }
}
