// A stage of the peer: bun worker-process.ts plan|send|both REDIS_PORT DATABASE_URL
// As one would write it with care: a message is inserted once, claimed before it is sent, and recorded after.
import { Queue, Worker } from 'bullmq'
import { Pool } from 'pg'
import type { PeerMessage } from './messages.ts'

const [stage = '', redisPort = '', databaseUrl = ''] = process.argv.slice(2)
const connection = { host: '127.0.0.1', port: Number(redisPort) }
const pool = new Pool({ connectionString: databaseUrl, max: 20 })
const sends = new Queue<readonly string[]>('send', { connection })
const CONCURRENCY = 50

const INSERT = {
  name: 'insert',
  text: `INSERT INTO peer_message(id, user_id, email, title, body, status)
SELECT *, 'PENDING' FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING`,
}
const CLAIM = {
  name: 'claim',
  text: `UPDATE peer_message SET status = 'SENDING' WHERE id = ANY($1::uuid[]) AND status = 'PENDING' RETURNING id`,
}
const RECORD = {
  name: 'record',
  text: `UPDATE peer_message m SET status = 'SENT', provider_id = r.provider_id, sent_at = now()
FROM unnest($1::uuid[], $2::text[]) r(id, provider_id) WHERE m.id = r.id AND m.status = 'SENDING'`,
}

async function plan(messages: readonly PeerMessage[]): Promise<string[]> {
  const column = (of: (one: PeerMessage) => string) => messages.map(of)
  const ids = column((one) => one.id)
  const values = [ids, ...[...COLUMNS].map((of) => column(of))]
  await pool.query({ ...INSERT, values })
  return ids
}

const COLUMNS: readonly ((one: PeerMessage) => string)[] = [
  (one) => one.userId,
  (one) => one.email,
  (one) => one.title,
  (one) => one.body,
]

async function send(ids: readonly string[]): Promise<void> {
  const { rows } = await pool.query<{ id: string }>({ ...CLAIM, values: [ids] })
  const sent = await Promise.all(rows.map(async ({ id }) => ({ id, providerId: `simulated-${id}` })))
  await pool.query({ ...RECORD, values: [sent.map((one) => one.id), sent.map((one) => one.providerId)] })
}

const handlers: Record<string, () => Worker> = {
  plan: () =>
    new Worker<readonly PeerMessage[]>(
      'plan',
      async ({ data }) => {
        const ids = await plan(data)
        await sends.add('send', ids, { removeOnComplete: true, attempts: 3 })
      },
      { connection, concurrency: CONCURRENCY },
    ),
  send: () =>
    new Worker<readonly string[]>('send', async ({ data }) => send(data), { connection, concurrency: CONCURRENCY }),
  both: () =>
    new Worker<readonly PeerMessage[]>('plan', async ({ data }) => send(await plan(data)), {
      connection,
      concurrency: CONCURRENCY,
    }),
}

const worker = handlers[stage]?.()
if (!worker) throw new Error(`no stage ${stage}`)
await worker.waitUntilReady()
process.send?.('ready')
