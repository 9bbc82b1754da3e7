import { setTimeout as rest } from 'node:timers/promises'
import { styleText } from 'node:util'
import { type Accepted, acceptedSchema, deliveryStatusAnswerSchema, eventStatusSchema } from '@carillon/contracts'
import type { Outcome } from '../command.ts'
import type { SendOptions } from '../commands/send.ts'
import type { Config } from '../config.ts'
import { type ApiClient, createApiClient, RefusedRequest } from './api-client.ts'
import { nameDataDir } from './data-dir.ts'
import { findRunning } from './find-running.ts'

const ENDS = new Set(['SENT', 'DELIVERED', 'FAILED', 'CANCELLED', 'SUPPRESSED', 'EXPIRED'])
const GOOD_ENDS = new Set(['SENT', 'DELIVERED'])
const ASK_EVERY_MS = 25

interface Step {
  readonly name: string
  readonly status: string
  readonly detail: string
  readonly afterMs: number
}

/** Posts one event and draws each step when it has happened, until every delivery has its end. */
export async function sendAndFollow(config: Config, message: string, options: SendOptions): Promise<Outcome> {
  const running = await findRunning(nameDataDir(config.rootDir, options.data))
  if ('problem' in running) return running
  const client = createApiClient(running)
  const startedAtMs = performance.now()
  const steps: Step[] = []
  const add = (name: string, status: string, detail: string) => {
    const step = { name, status, detail, afterMs: performance.now() - startedAtMs }
    steps.push(step)
    if (!options.json) process.stdout.write(renderStep(step))
  }
  try {
    const accepted = await client.post('/api/notifications', describeEvent(message, options), acceptedSchema)
    add('accepted', 'DURABLE', accepted.eventId)
    const isGood = await follow(client, accepted, startedAtMs + options.timeout * 1_000, add)
    if (options.json) process.stdout.write(`${JSON.stringify({ eventId: accepted.eventId, steps })}\n`)
    else if (isGood === undefined) process.stdout.write(`  not at its end after ${options.timeout} s; it goes on\n`)
    return { exitCode: isGood ? 0 : 1 }
  } catch (error) {
    if (!(error instanceof RefusedRequest)) throw error
    return { problem: error.message, cure: error.cure }
  }
}

/** Undefined when the time is over and something still moves. */
async function follow(
  client: ApiClient,
  { statusUrl }: Accepted,
  untilMs: number,
  add: (name: string, status: string, detail: string) => void,
): Promise<boolean | undefined> {
  const seen = new Map<string, string>()
  let isPlanned = false
  while (performance.now() < untilMs) {
    const event = await client.get(statusUrl, eventStatusSchema)
    if (event.state === 'REFUSED' || event.state === 'CANCELLED') {
      add('planned', event.state, '')
      return false
    }
    const [notificationId] = event.notificationIds
    if (notificationId !== undefined) {
      if (!isPlanned) add('planned', 'PLANNED', notificationId)
      isPlanned = true
      const { deliveries } = await client.get(
        `/api/notifications/${notificationId}/delivery-status`,
        deliveryStatusAnswerSchema,
      )
      for (const { id, channel, status, error } of deliveries) {
        if (seen.get(id) !== status) add(channel, status, error ?? '')
        seen.set(id, status)
      }
      if (deliveries.every(({ status }) => ENDS.has(status)))
        return deliveries.every(({ status }) => GOOD_ENDS.has(status))
    }
    await rest(ASK_EVERY_MS)
  }
  return undefined
}

function describeEvent(message: string, { to, title, type }: SendOptions) {
  const isEmail = to.includes('@')
  const isPhone = /^\+\d+$/.test(to)
  const person = isEmail ? { email: to } : isPhone ? { phone: to } : { userId: to }
  return {
    type,
    title: title ?? (message.length <= 60 ? message : `${message.slice(0, 57)}...`),
    message,
    recipients: [person],
    ...(isEmail && { channels: ['EMAIL'] }),
    ...(isPhone && { channels: ['SMS'] }),
  }
}

function renderStep({ name, status, detail, afterMs }: Step): string {
  const isEnd = ENDS.has(status)
  const mark = !isEnd ? styleText('dim', '·') : GOOD_ENDS.has(status) ? styleText('green', '✓') : styleText('red', '✗')
  const time = styleText('dim', `${Math.round(afterMs)} ms`.padStart(8))
  return `  ${mark} ${name.padEnd(10)}${status.padEnd(11)}${time}  ${styleText('dim', detail)}\n`
}
