import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createDeliveryTokens, readTwilioReceipt, verifyTwilioSignature } from '@carillon/channel-sms'
import { RECEIPT_POLICY, toReceiptRecord } from '@carillon/receipts'
import { createDeliveryStore, createDeviceStore, createReceiptStore, createUserStore, openPool } from '@carillon/store'
import { openFakeFcm, openFakeSmtp, openFakeTwilio, openFakeVonage, openTestDatabase } from '@carillon/testkit'

export type VendorStage = Awaited<ReturnType<typeof openVendorStage>>

export interface DeliveryRow {
  readonly id: string
  readonly notificationId: string
  readonly status: string
  readonly reason: string | null
  readonly provider: string | null
  readonly attemptCount: number
  readonly replay: number
  /** Until the clock looks; null where it need not. */
  readonly dueInMs: number | null
}

const TENANT = 'default'
export const accounts = {
  twilio: { accountSid: `AC${'0'.repeat(32)}`, authToken: 'a token of the proof' },
  vonage: { applicationId: 'app-1', signatureSecret: 'a secret of the proof' },
} as const

/** A database, and every vendor's fake; what the vendors report comes in at `callbackUrl` and is applied at once. */
export async function openVendorStage() {
  const database = await openTestDatabase()
  const pool = openPool({
    connectionString: database.url,
    max: 4,
    applicationName: 'providers',
    hot: true,
    dataKeys: 'none',
  })
  const ports = { pool, announce: () => undefined }
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const smtp = await openFakeSmtp()
  const twilio = await openFakeTwilio(accounts.twilio)
  const vonage = await openFakeVonage({ ...accounts.vonage, publicKey: keys.publicKey })
  const fcm = await openFakeFcm()
  const tokens = createDeliveryTokens(['a secret of the proof'])
  const receipts = createReceiptStore(ports)
  const door = await openTwilioDoor(tokens, async (receipt) => {
    await receipts.saveReceipts([toReceiptRecord(receipt)], RECEIPT_POLICY)
  })
  const users = createUserStore({ pool })
  const devices = createDeviceStore({ pool })

  return {
    ...{ pool, smtp, twilio, vonage, fcm, tokens, callbackUrl: door.url, vonageKey: keys.privateKey },
    delivery: createDeliveryStore(ports),
    hashAddress: (tenantId: string, address: string) =>
      createHmac('sha256', 'the key of the proof').update(`${tenantId}\n${address}`).digest('base64url'),
    /** A person of their own with one PENDING delivery: nothing that a case leaves behind touches another. */
    async planDelivery(channel: 'EMAIL' | 'SMS' | 'PUSH', address: string) {
      const [recipientId, notificationId, deliveryId] = [randomUUID(), randomUUID(), randomUUID()]
      if (channel === 'PUSH') await devices.registerDevice(TENANT, recipientId, { token: address, platform: 'android' })
      else await users.saveUser(TENANT, recipientId, channel === 'EMAIL' ? { email: address } : { phone: address })
      await pool.query(
        `INSERT INTO "Notification" (id, "tenantId", "recipientId", "eventId", category, title, message, "plannedAt")
         VALUES ($1, $2, $3, 'evt-proof', 'orders', 'Your order', 'It left the house', now())`,
        [notificationId, TENANT, recipientId],
      )
      await pool.query(
        `INSERT INTO "NotificationDelivery" (id, "notificationId", "tenantId", "recipientId", channel, status, lane,
           "expiresAt", "maxAttempts") VALUES ($1, $2, $3, $4, $5, 'PENDING', 'normal', now() + interval '3 days', 3)`,
        [deliveryId, notificationId, TENANT, recipientId, channel],
      )
      return { tenantId: TENANT, notificationId, deliveryId, recipientId }
    },
    async readRows(notificationId: string): Promise<DeliveryRow[]> {
      const text = `SELECT id, "notificationId", status, reason, provider, "attemptCount", replay,
        (extract(epoch FROM "dueAt" - now()) * 1000)::float8 AS "dueInMs"
        FROM "NotificationDelivery" WHERE "notificationId" = $1 ORDER BY replay`
      return (await pool.query<DeliveryRow>(text, [notificationId])).rows
    },
    async readAttempt(deliveryId: string): Promise<string> {
      const text = `SELECT concat_ws(' ', outcome, reason) AS said FROM "DeliveryAttempt" WHERE "deliveryId" = $1`
      return (await pool.query<{ said: string }>(text, [deliveryId])).rows.map(({ said }) => said).join(', ')
    },
    async countSuppressed(channel: string, address: string): Promise<number> {
      const hash = createHmac('sha256', 'the key of the proof').update(`${TENANT}\n${address}`).digest('base64url')
      const text = `SELECT FROM "Suppression" WHERE "tenantId" = $1 AND channel = $2 AND "addressHash" = $3`
      return (await pool.query(text, [TENANT, channel, hash])).rowCount ?? 0
    },
    countDevices: async (recipientId: string) => (await devices.listDevices(TENANT, recipientId)).length,
    async countAccepted(): Promise<number> {
      const logs = await Promise.all([smtp.accepted(), twilio.accepted(), vonage.accepted(), fcm.accepted()])
      return logs.reduce((sum, { length }) => sum + length, 0)
    },
    async behaveWell() {
      await Promise.all([smtp, twilio, vonage, fcm].map((fake) => fake.clearBehaviours()))
      await Promise.all([smtp, twilio, vonage, fcm].map((fake) => fake.refuseConnections(false)))
    },
    async close() {
      await door.close()
      await Promise.all([smtp, twilio, vonage, fcm].map((fake) => fake.close()))
      await pool.end()
      await database.drop()
    },
  }
}

type TwilioReceipt = NonNullable<ReturnType<typeof readTwilioReceipt>>

/** What stands at /webhooks/twilio, without Kafka between the door and the rows. */
async function openTwilioDoor(
  tokens: ReturnType<typeof createDeliveryTokens>,
  apply: (receipt: TwilioReceipt) => Promise<void>,
) {
  const server = createServer(async (request, response) => {
    const params = Object.fromEntries(new URLSearchParams(Buffer.concat(await request.toArray()).toString()))
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`).href
    const signature = String(request.headers['x-twilio-signature'])
    const isGenuine = verifyTwilioSignature({ authTokens: [accounts.twilio.authToken], signature, url, params })
    const receipt = isGenuine ? readTwilioReceipt({ params, url, tokens }) : undefined
    if (receipt) await apply(receipt)
    response.writeHead(receipt ? 200 : 403).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('open the door for receipts: no port')
  return {
    url: `http://127.0.0.1:${address.port}/webhooks/twilio`,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
