import { styleText } from 'node:util'
import {
  type DeliveryStatusAnswer,
  deliveryStatusAnswerSchema,
  type EventStatus,
  eventStatusSchema,
} from '@carillon/contracts'
import type { Outcome } from '../command.ts'
import type { ApiOptions } from '../commands/api-options.ts'
import type { Config } from '../config.ts'
import type { ApiClient } from './api-client.ts'
import { askApi } from './ask-api.ts'
import { renderTable, renderTime } from './render-table.ts'

// Of an event for many, a person looks at the first few.
const SHOWN_MAX = 5
const NOTIFICATION_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export function printStatus(config: Config, id: string, options: ApiOptions): Promise<Outcome> {
  return askApi(config, options, async (api) => {
    if (isNotificationId(id)) {
      const notification = await readNotification(api, id)
      return print(options.json ? notification : renderNotification(notification))
    }
    const event = await api.get(`/api/events/${encodeURIComponent(id)}`, eventStatusSchema)
    const shown = event.notificationIds.slice(0, SHOWN_MAX)
    const notifications = await Promise.all(shown.map((one) => readNotification(api, one)))
    if (options.json) return print({ ...event, shown: notifications })
    return print(renderEvent(event) + notifications.map(renderNotification).join('') + renderRest(event))
  })
}

/** It is a UUID; every other id is an event's. */
export function isNotificationId(id: string): boolean {
  return NOTIFICATION_ID.test(id)
}

function readNotification(api: ApiClient, id: string): Promise<DeliveryStatusAnswer> {
  return api.get(`/api/notifications/${encodeURIComponent(id)}/delivery-status`, deliveryStatusAnswerSchema)
}

function print(what: object | string): undefined {
  process.stdout.write(typeof what === 'string' ? what : `${JSON.stringify(what)}\n`)
}

function renderEvent({ id, state, acceptedAt, notifications, deliveries, fanout }: EventStatus): string {
  const counts = Object.entries(deliveries).map(([status, count]) => `${count} ${status}`)
  const many = fanout ? `\nfan-out ${fanout.status}, ${fanout.total ?? 'not yet counted'} people` : ''
  const people = notifications === 1 ? '1 notification' : `${notifications} notifications`
  return `${id}  ${state}\naccepted ${renderTime(acceptedAt)}, ${people}: ${counts.join(', ') || 'nothing yet'}${many}\n`
}

function renderNotification({ notification, deliveries }: DeliveryStatusAnswer): string {
  const { id, message, read, priority } = notification
  const words = message.replaceAll(/\s+/g, ' ').slice(0, 60)
  const rows = deliveries.map((delivery) => [
    `  ${delivery.channel}`,
    delivery.status + (delivery.possiblySent ? ' (possibly sent before)' : ''),
    String(delivery.attemptCount),
    renderTime(delivery.deliveredAt ?? delivery.scheduledFor),
    delivery.error ?? '',
  ])
  const table = renderTable(['  channel', 'status', 'attempts', 'at', 'why'], rows)
  return `\n${id}  ${priority}${read ? ', read' : ''}  ${styleText('dim', words)}\n${table}`
}

function renderRest({ notifications }: EventStatus): string {
  const more = notifications - SHOWN_MAX
  return more > 0 ? `\nand ${more} more\n` : ''
}
