import { Ajv } from 'ajv'

/**
 * A fake knows only the vendor's published schema of what it may be asked, never our idea of it. What the schema does not
 * let through is refused, so that no test of a provider passes by a request that the vendor would not take.
 */
export interface VendorSchema {
  readonly $id: string
  readonly $defs: Readonly<Record<string, object>>
}

/** Says in one line what is wrong and where; undefined for what the vendor would take. */
export type FindFault = (definition: string, value: unknown) => Fault | undefined

export interface Fault {
  /** Such as `android.ttl`. */
  readonly path: string
  readonly words: string
}

/** `isForm`: every value is text, and is read as the type that the schema gives its field. */
export function createFindFault(schema: VendorSchema, { isForm = false } = {}): FindFault {
  const ajv = new Ajv({ strictTypes: false, coerceTypes: isForm, formats })
  ajv.addSchema(schema)
  return function findFault(definition, value) {
    const validate = ajv.getSchema(`${schema.$id}#/$defs/${definition}`)
    if (validate === undefined) throw new Error(`find the schema ${schema.$id} of ${definition}`)
    // Coercion writes into what it reads.
    if (validate(structuredClone(value))) return undefined
    const [{ instancePath = '', message = '', params = {} } = {}] = validate.errors ?? []
    const surplus = typeof params.additionalProperty === 'string' ? `/${params.additionalProperty}` : ''
    return { path: `${instancePath}${surplus}`.slice(1).replaceAll('/', '.'), words: message }
  }
}

const isDate = (text: string) => /^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text))

/** The vendors' names for what a text looks like, where their schema gives no pattern. */
const formats = {
  // E.164, a channel's address, a short code or a name as sender.
  'phone-number': /^(whatsapp:)?(\+\d{1,15}|[A-Za-z0-9 ]{1,15})$/,
  uri: (text: string) => /^https?:\/\/[^\s/]+/.test(text) || text.startsWith('/'),
  'uri-map': true,
  'date-time': isDate,
  'date-time-rfc-2822': /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$/,
  currency: /^[A-Z]{3}$/,
  int64: { type: 'number', validate: Number.isSafeInteger },
} as const
