import { styleText } from 'node:util'
import { type ExplainedChannel, eventStatusSchema, explanationSchema, type TimelineEntry } from '@carillon/contracts'
import type { z } from 'zod'
import type { Outcome } from '../command.ts'
import type { ApiOptions } from '../commands/api-options.ts'
import type { Config } from '../config.ts'
import { askApi } from './ask-api.ts'
import { isNotificationId } from './print-status.ts'

type Explanation = z.infer<typeof explanationSchema>

/** Of an event, its first notification is explained. */
export function printExplanation(config: Config, id: string, options: ApiOptions): Promise<Outcome> {
  return askApi(config, options, async (api) => {
    const event = isNotificationId(id)
      ? undefined
      : await api.get(`/api/events/${encodeURIComponent(id)}`, eventStatusSchema)
    const notificationId = event ? event.notificationIds[0] : id
    if (notificationId === undefined) {
      process.stderr.write(`carillon: ${id} is ${event?.state} and has no notification yet\n`)
      return 1
    }
    const path = `/api/notifications/${encodeURIComponent(notificationId)}/explain`
    const explanation = await api.get(path, explanationSchema)
    process.stdout.write(options.json ? `${JSON.stringify(explanation)}\n` : renderExplanation(explanation))
    return 0
  })
}

function renderExplanation({ notification, channels, timeline }: Explanation): string {
  const { id, recipientId, category, priority, strategy } = notification
  const facts = [category, priority, strategy].filter(Boolean).join(', ')
  const head = `${id} for ${recipientId}${facts ? `: ${facts}` : ''}\n`
  return `${head}${channels.map(renderChannel).join('')}\n${timeline.map(renderEntry).join('')}`
}

const MARKS: Readonly<Record<ExplainedChannel['outcome'], string>> = {
  sent: styleText('green', '✓'),
  waiting: styleText('yellow', '…'),
  unknown: styleText('yellow', '?'),
  not_sent: styleText('red', '✗'),
}

function renderChannel({ channel, outcome, why, whatWouldChangeIt, digest }: ExplainedChannel): string {
  const reasons = why.map(({ code, text }) => `    ${text} ${styleText('dim', code)}\n`)
  const help = whatWouldChangeIt ? `    ${styleText('dim', 'what would change it')}  ${whatWouldChangeIt}\n` : ''
  const within = digest
    ? `    ${styleText('dim', 'in the digest')}  ${digest.notificationId}, until ${digest.endsAt}\n`
    : ''
  return `\n${MARKS[outcome]} ${channel}  ${outcome.replace('_', ' ')}\n${reasons.join('')}${within}${help}`
}

function renderEntry({ at, channel, text }: TimelineEntry): string {
  return `${styleText('dim', at.slice(11, 23))}  ${(channel ?? '').padEnd(9)}${text}\n`
}
