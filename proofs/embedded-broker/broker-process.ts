// The embedded broker in a process of its own: bun broker-process.ts DATA_DIR LIMITS_JSON
// Prints a JSON line when it is ready, one an event of its log, and its counts for every "stats" that it reads.
import { openBroker } from '@carillon/embedded'

const [dataDir = '', limits = '{}'] = process.argv.slice(2)
const print = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`)
const explain = (cause: unknown): string =>
  cause instanceof Error ? [cause.message, ...(cause.cause ? [explain(cause.cause)] : [])].join(': ') : String(cause)

const broker = await openBroker({
  dataDir,
  limits: JSON.parse(limits),
  log: (event) => print({ event: 'cause' in event ? { ...event, cause: explain(event.cause) } : event }),
})
print({ ready: { address: broker.address, recovered: broker.recovered } })
// Ends with whoever started it, however that ends.
for await (const _ of console) print({ stats: broker.stats() })
await broker.close()
