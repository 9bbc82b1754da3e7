// The embedded broker as a process that can be killed: bun embedded-broker.ts DATA_DIR PORT
import { openBroker } from '@carillon/embedded'

const [dataDir = '', port = '0'] = process.argv.slice(2)
const broker = await openBroker({ dataDir, port: Number(port) })
process.once('SIGTERM', () => {
  broker.close().then(
    () => process.exit(0),
    () => process.exit(1),
  )
})
process.stdout.write(`ready ${broker.port}\n`)
