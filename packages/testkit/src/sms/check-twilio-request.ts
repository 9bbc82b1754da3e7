import { createFindFault, type Fault } from '../vendor-schema.ts'
import type { FakeRequest } from './http-socket.ts'
import schema from './twilio-schema.json' with { type: 'json' }

const findFault = createFindFault(schema, { isForm: true })

/** What Twilio would find fault with in a new message, or in a question for messages. */
export function findTwilioFault({ method, body, query }: FakeRequest): Fault | undefined {
  return method === 'POST'
    ? findFault('createMessage', readForm(new URLSearchParams(body), schema.$defs.createMessage.properties))
    : findFault('listMessages', readForm(query, schema.$defs.listMessages.properties))
}

/** A field that comes twice is a list, and so is one whose schema says so. */
function readForm(pairs: URLSearchParams, properties: Readonly<Record<string, { readonly type?: unknown }>>) {
  return Object.fromEntries(
    [...new Set(pairs.keys())].map((name) => {
      const values = pairs.getAll(name)
      const isList = values.length > 1 || properties[name]?.type === 'array'
      return [name, isList ? values : values[0]]
    }),
  )
}
