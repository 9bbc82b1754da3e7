// The first thread starts the server and ends; the second must find it running.
import { once } from 'node:events'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Client } from 'pg'

async function openInThread(): Promise<string> {
  const worker = new Worker(join(import.meta.dirname, 'open-in-thread.ts'))
  const [url] = await once(worker, 'message')
  await worker.terminate()
  return String(url)
}

const hostOf = (url: string) => new URL(url).searchParams.get('host')
const first = await openInThread()
Bun.gc(true)
const second = await openInThread()
const client = new Client({ connectionString: second })
await client.connect()
const { rows } = await client.query('SELECT 1 AS one')
await client.end()
process.stdout.write(JSON.stringify({ sameServer: hostOf(first) === hostOf(second), answers: rows }))
