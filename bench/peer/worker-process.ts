// A stage of the peer: bun worker-process.ts plan|send|both REDIS_PORT DATABASE_URL
// As one would write it with care: a message is inserted once, claimed before it is sent, and recorded after.
import { Queue, Worker } from 'bullmq'
import { Pool } from 'pg'
import type { PeerMessage } from './messages.ts'
import { CLAIM, INSERT, RECORD } from './statements.ts'

const [stage = '', redisPort = '', databaseUrl = ''] = process.argv.slice(2)
const connection = { host: '127.0.0.1', port: Number(redisPort) }
// As our own connections have it: without statistics of what was just inserted, Postgres would rather read whole tables,
// and a plan that is made once spares the peer the time of making it for every message.
const options = '-c enable_seqscan=off -c random_page_cost=1.1 -c jit=off -c plan_cache_mode=force_generic_plan'
const pool = new Pool({ connectionString: databaseUrl, max: 20, options })
const sends = new Queue<readonly string[]>('send', { connection })
const CONCURRENCY = 50

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

interface Claimed {
  readonly id: string
  readonly number: number
  readonly email: string
  readonly title: string
  readonly body: string
}

async function send(ids: readonly string[]): Promise<void> {
  const { rows } = await pool.query<Claimed>({ ...CLAIM, values: [ids] })
  const sent = await Promise.all(rows.map(async (row) => ({ ...row, providerId: await handOver(row) })))
  const column = (of: (one: (typeof sent)[number]) => unknown) => sent.map(of)
  const values = [column((one) => one.id), column((one) => one.number), column((one) => one.providerId)]
  await pool.query({ ...RECORD, values })
}

/** Takes every message at once, as the simulated provider of ours does. */
async function handOver({ id, number }: Claimed): Promise<string> {
  return `simulated-${id}-${number}`
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
