/** Where a text stops being JSON, in words for whoever wrote it. Asked only when the runtime's parser has refused the text. */

interface Reading {
  readonly text: string
  at: number
}

/** What is wrong and where; undefined where nothing is. */
type Finding = string | undefined

const SPACE = /[ \t\n\r]*/y
const WORD = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

/** As `at line 2, column 7: a key in double quotes is expected`. As deep as the text is, which is bounded before. */
export function findJsonError(text: string): Finding {
  const reading = { text, at: 0 }
  return readValue(reading) ?? (peek(reading) === undefined ? undefined : say(reading, 'nothing may follow the value'))
}

function readValue(reading: Reading): Finding {
  const first = peek(reading)
  if (first === '{') return readAll(reading, '}', readMember)
  if (first === '[') return readAll(reading, ']', readValue)
  if (first === '"') return readText(reading)
  return skip(WORD, reading) ? undefined : say(reading, 'a value is expected')
}

function readAll(reading: Reading, end: string, readOne: (reading: Reading) => Finding): Finding {
  reading.at++
  let next = peek(reading)
  while (next !== end) {
    const finding = readOne(reading)
    if (finding !== undefined) return finding
    next = peek(reading)
    if (next === end) break
    if (next !== ',') return say(reading, `a comma or ${end} is expected`)
    reading.at++
    if (peek(reading) === end) return say(reading, `the comma before this ${end} is one too many`)
  }
  reading.at++
  return undefined
}

function readMember(reading: Reading): Finding {
  if (peek(reading) !== '"') return say(reading, 'a key in double quotes is expected')
  const finding = readText(reading)
  if (finding !== undefined) return finding
  if (peek(reading) !== ':') return say(reading, 'a colon is expected after the key')
  reading.at++
  return readValue(reading)
}

function readText(reading: Reading): Finding {
  const { text, at: start } = reading
  for (reading.at++; ; ) {
    const char = text[reading.at]
    if (char === undefined) return say({ text, at: start }, 'this text has no closing quote')
    if (char < ' ') return say(reading, 'a line break or another control character in a text must be escaped, as \\n')
    if (char === '\\' && !skip(ESCAPE, reading)) return say(reading, 'a backslash in a text is written twice: \\\\')
    if (char !== '\\') reading.at++
    if (char === '"') return undefined
  }
}

/** The next character that counts. */
function peek(reading: Reading): string | undefined {
  skip(SPACE, reading)
  return reading.text[reading.at]
}

function skip(pattern: RegExp, reading: Reading): boolean {
  pattern.lastIndex = reading.at
  if (!pattern.test(reading.text)) return false
  reading.at = pattern.lastIndex
  return true
}

function say({ text, at }: Reading, what: string): string {
  const before = text.slice(0, at)
  const where = `at line ${before.split('\n').length}, column ${at - before.lastIndexOf('\n')}`
  return `${where}: ${at >= text.length ? 'the text ends here, and ' : ''}${what}`
}
