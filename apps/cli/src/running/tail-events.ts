import { once } from 'node:events'
import { styleText } from 'node:util'
import { DEFAULT_TENANT, EVENTS_TOPIC, eventsTopic, normalizeEvent, TENANT_HEADER } from '@carillon/contracts'
import { type Followed, followTopics, readHeader } from '@carillon/kafka'
import type { Outcome } from '../command.ts'
import type { TailOptions } from '../commands/events.ts'
import type { Config } from '../config.ts'
import { askKafka, silentLog } from './ask-kafka.ts'

/** Reads beside the fleet and takes nothing from it. */
export function tailEvents(config: Config, options: TailOptions): Promise<Outcome> {
  return askKafka(config, options, async (_topics, connection) => {
    const enough = Promise.withResolvers<void>()
    let seen = 0
    const following = await followTopics(
      { connection, log: silentLog },
      [EVENTS_TOPIC, eventsTopic('urgent')],
      (record) => {
        if (options.count !== undefined && seen >= options.count) return
        seen++
        process.stdout.write(options.json ? `${JSON.stringify(describe(record))}\n` : render(record))
        if (seen === options.count) enough.resolve()
      },
    )
    process.stderr.write('Waiting for events; Ctrl-C ends it.\n')
    try {
      await Promise.race([enough.promise, once(process, 'SIGINT'), once(process, 'SIGTERM'), following.failed])
    } finally {
      await following.close()
    }
  })
}

function describe({ topic, partition, offset, timestampMs, headers, value }: Followed) {
  const at = new Date(timestampMs)
  const parsed = readJson(value)
  const normalized = normalizeEvent(parsed, at)
  const event = normalized.ok ? normalized.event : undefined
  return {
    at: at.toISOString(),
    ...{ topic, partition, offset, tenantId: readHeader(headers, TENANT_HEADER) ?? DEFAULT_TENANT },
    id: event?.id ?? null,
    type: event?.type ?? null,
    priority: event?.notificationPriority ?? null,
    recipients: event ? (event.recipientIds?.length ?? 0) + (event.recipients?.length ?? 0) : null,
    audience: event?.audience ?? null,
    title: event?.title ?? event?.templateCode ?? null,
    problems: normalized.ok ? [] : normalized.problems,
  }
}

function readJson(value: Buffer | null): unknown {
  try {
    return JSON.parse(String(value))
  } catch {
    return undefined
  }
}

function render(record: Followed): string {
  const { at, tenantId, id, type, priority, recipients, audience, title, problems } = describe(record)
  const place = styleText('dim', id ?? `${record.topic} ${record.partition}:${record.offset}`)
  const time = at.slice(11, 23)
  if (problems.length > 0)
    return `${time}  ${styleText('red', 'not valid')}  ${problems[0]?.path}: ${problems[0]?.message}  ${place}\n`
  const whom = audience
    ? `audience ${JSON.stringify(audience)}`
    : recipients === 1
      ? '1 person'
      : `${recipients} people`
  return `${time}  ${tenantId.padEnd(10)}${String(type).padEnd(20)}${String(priority).padEnd(9)}${whom.padEnd(11)}${title ?? ''}  ${place}\n`
}
