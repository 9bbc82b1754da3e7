const nextOf = (table: string, column: string, where = `"${column}" IS NOT NULL`) =>
  `(SELECT extract(epoch FROM min("${column}") - now())::float8 * 1000 FROM "${table}" WHERE ${where})`

/** From the top of an index each. Without parameters, so that Postgres plans it once a connection. */
export const READ_AGENDA = {
  name: 'read-agenda',
  text: `SELECT ${nextOf('NotificationDelivery', 'dueAt')} AS deliveries,
  ${nextOf('HeldEvent', 'dueAt')} AS held,
  ${nextOf('Dispatch', 'dueAt')} AS dispatches,
  ${nextOf('Outbox', 'createdAt')} AS outbox,
  ${nextOf('Schedule', 'nextRunAt', '"nextRunAt" IS NOT NULL AND NOT "isPaused"')} AS schedules,
  ${nextOf('Receipt', 'dueAt')} AS receipts,
  ${nextOf('Fanout', 'dueAt')} AS fanouts,
  ${nextOf('Digest', 'dueAt')} AS digests,
  ${nextOf('Erasure', 'sweepAt')} AS erasures`,
}
