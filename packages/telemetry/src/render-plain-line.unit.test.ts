import fc from 'fast-check'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { LOGGED_FIELDS, pickLogged } from './logged-fields.ts'
import { createLogger } from './logger.ts'

/** What pino alone makes of the picked fields. */
function logByPino(service: string, fields: object, event: string): string {
  let line = ''
  const serializers = { err: (described: unknown) => described }
  const destination = {
    write(text: string) {
      line = text
    },
  }
  pino({ base: { service }, messageKey: 'event', serializers }, destination).info(pickLogged(fields), event)
  return line
}

const withoutTime = (line: string) => line.replace(/"time":\d+/, '')
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('a@b.example', 'say "x"', '\\', '\ud83d', '😀'),
)
const single = fc.oneof(text, fc.double(), fc.integer(), fc.boolean(), fc.constantFrom(null, undefined))
const value = fc.oneof({ weight: 9, arbitrary: single }, fc.anything(), fc.array(single), fc.constant(new Error('x')))
const name = fc.oneof(fc.constantFrom(...LOGGED_FIELDS), fc.string())

it('every line is the one that pino makes of what may be said', () => {
  fc.assert(
    fc.property(fc.dictionary(name, value, { maxKeys: 8 }), text, text, (fields, service, event) => {
      let line = ''
      const destination = {
        write(written: string) {
          line = written
        },
      }
      createLogger({ service, level: 'info', destination }).info(fields, event)
      expect(withoutTime(line)).toBe(withoutTime(logByPino(service, fields, event)))
    }),
    { numRuns: 2_000 },
  )
})
