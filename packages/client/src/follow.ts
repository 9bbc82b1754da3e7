import type { CancelAnswer, DeliveryStatusAnswer, EventStatus } from '@carillon/contracts'
import type { Ask } from './http.ts'

export interface Follow {
  /** What became of an event; not found for a moment when it went straight to Kafka. */
  getEvent(eventId: string): Promise<EventStatus>
  getDeliveryStatus(notificationId: string): Promise<DeliveryStatusAnswer>
  /** Stops what was not sent yet; each delivery answers whether that came in time. */
  cancelNotification(notificationId: string): Promise<CancelAnswer>
}

export function createFollow(ask: Ask): Follow {
  const at = (id: string) => `/api/notifications/${encodeURIComponent(id)}`
  return {
    getEvent: (id) =>
      ask({ method: 'GET', path: `/api/events/${encodeURIComponent(id)}`, needs: { id: 'text', state: 'text' } }),
    getDeliveryStatus: (id) =>
      ask({ method: 'GET', path: `${at(id)}/delivery-status`, needs: { notification: 'object', deliveries: 'list' } }),
    cancelNotification: (id) => ask({ method: 'POST', path: `${at(id)}/cancel`, needs: { deliveries: 'list' } }),
  }
}
