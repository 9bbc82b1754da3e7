/**
 * The ids of all deliveries of some notifications, for `d.id = …`. As an array and LATERAL with OFFSET 0, because without
 * statistics the planner expects a thousand deliveries a notification, and would rather read them all.
 */
export function deliveriesOf(notifications: string): string {
  return `ANY (ARRAY(
    SELECT x.id FROM ${notifications} k(id) CROSS JOIN LATERAL (
      SELECT d.id FROM "NotificationDelivery" d WHERE d."notificationId" = k.id OFFSET 0) x))`
}
