// A broker that a test can kill, and whose disk it can fill: bun broker-process.ts DATA_DIR [PORT]
// On "fill" it writes a file until the disk is full, on "free" it removes that file, on "measure" it adds up the
// segments, on "reopen" it closes and opens again; it answers each with a line.
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openBroker } from '../../src/broker/index.ts'

const [dataDir = '', port = '0'] = process.argv.slice(2)
const filler = join(dataDir, 'filler')
let broker = await openBroker({ dataDir, port: Number(port) })
process.stdout.write(`ready ${broker.port} ${JSON.stringify(broker.recovered)}\n`)

for await (const line of console) {
  if (line === 'fill') fill()
  if (line === 'free') rmSync(filler)
  if (line === 'reopen') await reopen()
  process.stdout.write(line === 'measure' ? `${measureSegments()}\n` : 'done\n')
}

async function reopen(): Promise<void> {
  await broker.close()
  broker = await openBroker({ dataDir, port: broker.port })
}

function fill(): void {
  for (let bytes = 1 << 20; bytes >= 512; ) {
    try {
      writeFileSync(filler, Buffer.alloc(bytes), { flag: 'a' })
    } catch {
      bytes = bytes / 2
    }
  }
}

function measureSegments(): number {
  const files = readdirSync(join(dataDir, 'topics'), { recursive: true, encoding: 'utf8' })
  const segments = files.filter((name) => name.endsWith('.log'))
  return segments.reduce((sum, name) => sum + statSync(join(dataDir, 'topics', name)).size, 0)
}
