import { createFindFault } from '../vendor-schema.ts'
import schema from './fcm-schema.json' with { type: 'json' }

const findSchemaFault = createFindFault(schema)

/** They have data of their own, whose keys are free but for the reserved ones. */
const platforms = ['android', 'webpush']
const reservedKey = /^(from|message_type|gcm|google\..*|gcm\.notification\..*)$/
const payloadBytesMax = 4_096

/** The field that FCM would find fault with: by its schema, and by what its reference says beside it. */
export function findFault(request: unknown): string | undefined {
  const fault = findSchemaFault('SendMessageRequest', request)
  if (fault) return fault.path
  const message = isObject(request) ? request.message : undefined
  if (!isObject(message)) return 'message'
  const { token, ...payload } = message
  if (typeof token !== 'string' || token === '') return 'message.token'
  if (Buffer.byteLength(JSON.stringify(payload)) > payloadBytesMax) return 'message.data'
  return findReservedKey(message) ?? findFaultyValue(message)
}

function findReservedKey(message: Readonly<Record<string, unknown>>): string | undefined {
  for (const [path, owner] of [
    ['message', message],
    ...platforms.map((name) => [`message.${name}`, message[name]]),
  ] as const) {
    const data = isObject(owner) ? owner.data : undefined
    const key = isObject(data) && Object.keys(data).find((one) => reservedKey.test(one))
    if (key) return `${path}.data.${key}`
  }
  return undefined
}

function findFaultyValue({ apns, webpush }: Readonly<Record<string, unknown>>): string | undefined {
  const collapseId = isObject(apns) && isObject(apns.headers) ? String(apns.headers['apns-collapse-id'] ?? '') : ''
  if (Buffer.byteLength(collapseId) > 64) return 'message.apns.headers'
  const link = isObject(webpush) && isObject(webpush.fcm_options) ? webpush.fcm_options.link : undefined
  return link === undefined || String(link).startsWith('https://') ? undefined : 'message.webpush.fcm_options.link'
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
