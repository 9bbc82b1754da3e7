/** What the collection of json-parsing.json leaves to the parser, and this fleet decides; and JSON that is no event. */
export interface JsonCase {
  readonly name: string
  readonly bytes: Uint8Array
}

const texts = (cases: readonly string[]): JsonCase[] =>
  cases.map((text) => ({ name: text.slice(0, 60), bytes: new TextEncoder().encode(text) }))

/** The right JSON of the collection that this fleet refuses all the same: no two readers agree on it, or no store holds it. */
export const REFUSED_THOUGH_RIGHT: ReadonlyMap<string, 'a repeated key' | 'NUL'> = new Map([
  ['y_object_duplicated_key', 'a repeated key'],
  ['y_object_duplicated_key_and_value', 'a repeated key'],
  ['y_object_escaped_null_in_key', 'NUL'],
  ['y_string_null_escape', 'NUL'],
])

/** Values at the edge of what can be stored and handed back. */
export const ACCEPTED_VALUES: readonly string[] = [
  ...['9007199254740991', '-9007199254740991', '1.7976931348623157e308', '5e-324', '0.1', '1.5e300'],
  ...['"a\\\\u0000b"', '"\\\\ud800"', '"\u{10ffff}"', '"\\uFEFF"', '"\\u001f"', '"C:\\\\udev"'],
  ...['{"toString":1}', '{"valueOf":1}', '{"hasOwnProperty":1}', '{"length":1}', '{"$gt":1}', '{"a.b":1}'],
  ...['{"0":1,"1":2}', '{"-1":0}', '{"1e3":1}', '{" ":1}', '{"😀":1}', '{"a":"b","A":"b"}', '[[[[[[[[[[1]]]]]]]]]]'],
]

const EVENT_START = '{"type":"X","message":"m","recipientIds":["odd"]'
const inMetadata = (metadata: string) => `${EVENT_START},"metadata":{${metadata}}}`

/** An event otherwise, and wrong as JSON by this fleet's rules. */
export const REFUSED_BODIES: readonly JsonCase[] = texts([
  ...[`${EVENT_START}`, `${EVENT_START},}`, `${EVENT_START}}}`, `${EVENT_START},"type":"Y"}`],
  ...['"a":1,"a":2', '"\\u0061":1,"a":2', '"__proto__":{"a":1}', '"constructor":1', '"prototype":1'].map(inMetadata),
  ...['"a":"\\ud800"', '"a":"\\udc00x"', '"a":"\\u0000"', '"\\ud800":1', '"a":1e999', '"a":-1e400'].map(inMetadata),
  `${EVENT_START},"__proto__":null}`,
  inMetadata(`"a":${'['.repeat(40)}${']'.repeat(40)}`),
  '{"a":'.repeat(50_000),
])

/** JSON all right, and no event: refused for what it says. */
export const NO_EVENTS: readonly JsonCase[] = texts([
  ...['{"a":1}', '[{"type":"X"}]', '{"type":null}', '{"type":"X"}', '{"message":"m"}', '{"type":"X","message":"m"}'],
  '{"type":"X","message":"m","recipientIds":[]}',
  '{"type":[],"message":{},"recipientIds":7}',
  '{"type":"X","message":"m","recipientIds":[null]}',
  '{"type":"X","message":"m","recipientIds":"u1,u2","channels":"EMAIL"}',
])
