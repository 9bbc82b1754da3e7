// A server that reads nothing and answers at once: what is left of a request when nothing is done.
import { Hono } from 'hono'

const app = new Hono().post('/', (context) => context.json({ success: true }))
const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: app.fetch })
process.stdout.write(`${server.url.href}\n`)
