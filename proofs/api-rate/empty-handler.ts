// The denominator: what Hono on this runtime answers when it has nothing to do. Says its port on stdout.
import { Hono } from 'hono'

const app = new Hono()
app.post('/api/notifications', (c) => c.json({ success: true }, 202))
const server = Bun.serve({ hostname: '127.0.0.1', port: 0, idleTimeout: 0, fetch: (request) => app.fetch(request) })
process.stdout.write(`${server.port}\n`)
