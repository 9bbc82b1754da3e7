import { appendFile } from 'node:fs/promises'
import { createPushChannel, type PushLog } from '@carillon/channel-push'
import { type Channel, createSimulatedChannel } from '@carillon/delivery'
import { ConfigError } from '@carillon/process'
import type { PushConfig } from './config.ts'

export interface ChosenChannel {
  readonly channel: Channel & { close(): Promise<void> }
  readonly providers: readonly string[]
  readonly isSimulated: boolean
}

/** What is configured, or simulated; nothing at all and half a configuration are mistakes. */
export function chooseChannel(config: PushConfig, log?: PushLog): ChosenChannel {
  if (config.CARILLON_SIMULATE.includes('push')) return simulate(config)
  const fcm = chooseFcm(config)
  const webPush = chooseWebPush(config)
  if (!fcm && !webPush) throw new ConfigError(nothingToServe)
  const channel = openChannel({
    policy: { inFlightMax: config.PUSH_IN_FLIGHT },
    ...(fcm && { fcm }),
    ...(webPush && { webPush }),
    ...(config.PUBLIC_URL && { publicBaseUrl: config.PUBLIC_URL }),
    ...(log && { log }),
  })
  return { channel, providers: [...(fcm ? ['fcm'] : []), ...(webPush ? ['webpush'] : [])], isSimulated: false }
}

function openChannel(options: Parameters<typeof createPushChannel>[0]) {
  try {
    return createPushChannel(options)
  } catch (error) {
    // The channel says which key is wrong, and never quotes it.
    throw new ConfigError(error instanceof Error ? error.message : 'the push channel cannot be opened')
  }
}

function chooseFcm(config: PushConfig) {
  const {
    FIREBASE_PROJECT_ID: projectId,
    FIREBASE_CLIENT_EMAIL: clientEmail,
    FIREBASE_PRIVATE_KEY: privateKey,
    FIREBASE_BASE_URL: baseUrl,
    FIREBASE_TOKEN_URL: tokenUrl,
  } = config
  const given = { FIREBASE_PROJECT_ID: projectId, FIREBASE_CLIENT_EMAIL: clientEmail, FIREBASE_PRIVATE_KEY: privateKey }
  if (!isWhole('FCM', given) || !projectId || !clientEmail || !privateKey) return undefined
  return { projectId, clientEmail, privateKey, ...(baseUrl && { baseUrl }), ...(tokenUrl && { tokenUrl }) }
}

function chooseWebPush(config: PushConfig) {
  const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject } = config
  const given = { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey, VAPID_SUBJECT: subject }
  if (!isWhole('Web Push', given) || !publicKey || !privateKey || !subject) return undefined
  return { publicKey, privateKey, subject, allowPrivateEndpoints: config.WEB_PUSH_PRIVATE_ENDPOINTS }
}

/** False when nothing of it is there. A part of it is a mistake, which would otherwise show as messages that never go. */
function isWhole(what: string, given: Readonly<Record<string, string | undefined>>): boolean {
  const missing = Object.entries(given).flatMap(([name, value]) => (value ? [] : [name]))
  if (missing.length === Object.keys(given).length) return false
  if (missing.length > 0) throw new ConfigError(`${missing.join(', ')} is missing for ${what}`)
  return true
}

const nothingToServe = [
  'There is no push service. For FCM set FIREBASE_PROJECT_ID, FIREBASE_CLIENT_EMAIL and FIREBASE_PRIVATE_KEY;',
  'for Web Push VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY and VAPID_SUBJECT;',
  'or set CARILLON_SIMULATE=push to send nothing and say so',
].join(' ')

function simulate({ CARILLON_SIMULATE_FILE: file }: PushConfig): ChosenChannel {
  const channel = createSimulatedChannel('PUSH', async (message) => {
    if (file) await appendFile(file, `${JSON.stringify(message)}\n`)
  })
  return { channel, providers: ['simulated'], isSimulated: true }
}
