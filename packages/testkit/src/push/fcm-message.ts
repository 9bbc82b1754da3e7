/** What FCM v1 lets into a message, from the published reference of projects.messages. Anything else is refused. */
const fields: Readonly<Record<string, string>> = {
  message: 'name data notification android webpush apns fcm_options token topic condition fid',
  'message.notification': 'title body image',
  'message.fcm_options': 'analytics_label',
  'message.android':
    'collapse_key priority ttl restricted_package_name data notification fcm_options direct_boot_ok ' +
    'bandwidth_constrained_ok restricted_satellite_ok',
  'message.android.notification':
    'title body icon color sound tag click_action body_loc_key body_loc_args title_loc_key title_loc_args channel_id ' +
    'ticker sticky event_time local_only notification_priority default_sound default_vibrate_timings ' +
    'default_light_settings vibrate_timings visibility notification_count light_settings image ' +
    'bypass_proxy_notification proxy',
  'message.android.fcm_options': 'analytics_label',
  'message.webpush': 'headers data notification fcm_options',
  'message.webpush.fcm_options': 'link analytics_label',
  'message.apns': 'headers payload fcm_options live_activity_token',
  'message.apns.fcm_options': 'analytics_label image',
}

/** Maps whose values are text, and whose keys are free but for the reserved ones. */
const textMaps = [
  'message.data',
  'message.android.data',
  'message.webpush.data',
  'message.webpush.headers',
  'message.apns.headers',
]
const reservedKey = /^(from|message_type|gcm|google\..*|gcm\.notification\..*)$/
const payloadBytesMax = 4_096

/** The field that FCM would find fault with. */
export function findFault(message: unknown): string | undefined {
  if (!isObject(message)) return 'message'
  if (typeof message.token !== 'string' || message.token === '') return 'message.token'
  const { token, ...payload } = message
  if (Buffer.byteLength(JSON.stringify(payload)) > payloadBytesMax) return 'message.data'
  return findFaultIn('message', message) ?? findFaultyValue(message)
}

function findFaultIn(path: string, value: unknown): string | undefined {
  if (textMaps.includes(path)) return findFaultyText(path, value)
  const allowed = fields[path]?.split(' ')
  if (allowed === undefined || !isObject(value)) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const fault = allowed.includes(key) ? findFaultIn(`${path}.${key}`, inner) : `${path}.${key}`
    if (fault !== undefined) return fault
  }
  return undefined
}

function findFaultyText(path: string, value: unknown): string | undefined {
  if (!isObject(value)) return path
  const entry = Object.entries(value).find(([key, text]) => typeof text !== 'string' || reservedKey.test(key))
  return entry && `${path}.${entry[0]}`
}

function findFaultyValue({ android, apns, webpush }: Readonly<Record<string, unknown>>): string | undefined {
  if (isObject(android) && android.ttl !== undefined && !/^\d+(\.\d{1,9})?s$/.test(String(android.ttl))) {
    return 'message.android.ttl'
  }
  const collapseId = isObject(apns) && isObject(apns.headers) ? String(apns.headers['apns-collapse-id'] ?? '') : ''
  if (Buffer.byteLength(collapseId) > 64) return 'message.apns.headers'
  const link = isObject(webpush) && isObject(webpush.fcm_options) ? webpush.fcm_options.link : undefined
  return link === undefined || String(link).startsWith('https://') ? undefined : 'message.webpush.fcm_options.link'
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
