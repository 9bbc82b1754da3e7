import { Client } from 'pg'

export interface Fill {
  readonly rows: number
  readonly people: number
}

const ROWS_A_STATEMENT = 100_000
const SPAN_MS = 6 * 86_400_000
/** One delivery in so many waits for its time; the others were sent, by one attempt each. */
const WAITING_ONE_IN = 5

const TABLES = ['User', 'Event', 'Notification', 'NotificationDelivery', 'DeliveryAttempt'] as const
type Table = (typeof TABLES)[number]

/** Notifications of the last days, each like one that is there already but for its own ids, times and person. */
export async function fillTables(databaseUrl: string, { rows, people }: Fill): Promise<void> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    // No row is born SENT, and these have never been anything else.
    await client.query('SET session_replication_role = replica')
    await client.query(
      `INSERT INTO "User"("tenantId", id) SELECT 'default', 'user-' || i FROM generate_series(0, $1) i
      ON CONFLICT DO NOTHING`,
      [people - 1],
    )
    const stepMs = Math.floor(SPAN_MS / Math.max(1, rows))
    const columns = describeRow(Date.now() - SPAN_MS, stepMs, people)
    for (let from = 0; from < rows; from += ROWS_A_STATEMENT)
      await copyRows(client, columns, from, Math.min(from + ROWS_A_STATEMENT, rows) - 1)
    // What was laid out is written before anything is measured, and not meanwhile.
    for (const table of TABLES) await client.query(`VACUUM ANALYZE "${table}"`)
    await client.query('CHECKPOINT')
  } finally {
    await client.end()
  }
}

type Columns = Readonly<Record<string, string>>

/** What each row of a table has of its own, as SQL of its number `i`. */
function describeRow(startMs: number, stepMs: number, people: number): Partial<Record<Table, Columns>> {
  const ms = `(${startMs} + i::bigint * ${stepMs})`
  const at = `to_timestamp(${ms} / 1000.0)`
  const time = `lpad(to_hex(${ms}), 12, '0')`
  const uuid = (salt: string) => `(${time} || substr(md5(i || '${salt}'), 1, 20))::uuid`
  const eventId = `'evt_' || ${time} || md5(i || 'event')`
  const isWaiting = `i % ${WAITING_ONE_IN} = 0`
  const ids = { id: uuid('notification'), recipientId: `'user-' || i % ${people}` }
  const dueAt = `CASE WHEN ${isWaiting} THEN now() + interval '1 h' + random() * interval '60 h' END`
  const unlessWaiting = (value: string) => `CASE WHEN NOT ${isWaiting} THEN ${value} END`
  return {
    Event: { id: eventId, acceptedAt: at, plannedAt: at, createdAt: at },
    Notification: { ...ids, eventId, plannedAt: at, createdAt: at },
    NotificationDelivery: {
      ...{ id: uuid('delivery'), notificationId: ids.id, recipientId: ids.recipientId },
      status: `CASE WHEN ${isWaiting} THEN 'SCHEDULED' ELSE 'SENT' END::delivery_status`,
      ...{ dueAt, scheduledFor: dueAt, expiresAt: `now() + interval '72 h'`, createdAt: at },
      ...{
        sentAt: unlessWaiting(at),
        provider: unlessWaiting('s.provider'),
        dispatchId: unlessWaiting(uuid('dispatch')),
      },
      ...{ fence: `(NOT ${isWaiting})::int`, attemptCount: `(NOT ${isWaiting})::int` },
    },
    DeliveryAttempt: {
      ...{ deliveryId: uuid('delivery'), providerMessageId: `'simulated ' || i`, startedAt: at, endedAt: at },
    },
  }
}

async function copyRows(client: Client, own: Partial<Record<Table, Columns>>, from: number, to: number): Promise<void> {
  for (const [table, columns] of Object.entries(own)) {
    const names = await listColumns(client, table)
    const values = names.map((name) => columns[name] ?? `s."${name}"`)
    const onlySent = table === 'DeliveryAttempt' ? `WHERE i % ${WAITING_ONE_IN} <> 0` : ''
    await client.query(`INSERT INTO "${table}"(${names.map((name) => `"${name}"`).join(', ')})
      SELECT ${values.join(', ')} FROM generate_series(${from}, ${to}) i
      CROSS JOIN (SELECT * FROM "${table}" LIMIT 1) s ${onlySent}`)
  }
}

async function listColumns(client: Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped`,
    [`"${table}"`],
  )
  return rows.map(({ name }) => name)
}
