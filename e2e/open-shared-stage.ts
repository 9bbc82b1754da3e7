import { type FleetStage, openStage, readTestConfig, type StageOptions } from '@carillon/testkit'
import { vi } from 'vitest'

/** Longer than all the fleets that may be in front of this one in the queue for the run's broker. */
export const OPEN_MS_MAX = 300_000

/** On the broker that the run names, else on one of its own. */
export function openSharedStage(options: Omit<StageOptions, 'broker'> = {}): Promise<FleetStage> {
  const { kafka: address } = readTestConfig()
  return openStage({ broker: address ? { address } : 'embedded', ...options })
}

export interface DeliveryRow {
  readonly id: string
  readonly notificationId: string
  readonly channel: string
  readonly step: number
  readonly status: string
  readonly reason: string | null
  readonly attemptCount: number
  readonly possiblySent: boolean
}

/** In the order of their channels and steps. */
export async function readDeliveries({ pool }: FleetStage, recipientId: string): Promise<readonly DeliveryRow[]> {
  const { rows } = await pool.query<DeliveryRow>(
    `SELECT id, "notificationId", channel, step, status, reason, "attemptCount", "possiblySent"
     FROM "NotificationDelivery" WHERE "recipientId" = $1 ORDER BY channel, step`,
    [recipientId],
  )
  return rows
}

/** Waits until the person's only e-mail delivery says so. */
export async function waitForEmail(stage: FleetStage, recipientId: string, expected: Partial<DeliveryRow>) {
  return vi.waitFor(
    async () => {
      const emails = (await readDeliveries(stage, recipientId)).filter(({ channel }) => channel === 'EMAIL')
      const [email] = emails
      if (email === undefined || emails.length > 1) throw new Error(`${emails.length} e-mail deliveries`)
      for (const [field, value] of Object.entries(expected)) {
        if (Reflect.get(email, field) !== value) throw new Error(`e-mail of ${recipientId}: ${JSON.stringify(email)}`)
      }
      return email
    },
    { timeout: 20_000, interval: 50 },
  )
}

/** Mails to one address, in the order of their acceptance. */
export async function readMails({ smtp }: FleetStage, address: string) {
  return (await smtp.accepted()).filter(({ to }) => to.includes(address))
}

/** One person who is named by nothing but an address. */
export function guest(name: string) {
  return { userId: name, email: `${name}@example.com` }
}
