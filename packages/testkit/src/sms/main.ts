import { parseArgs } from 'node:util'
import { openControlServer } from './control-server.ts'
import { openFakeByName } from './open-fakes.ts'

const { values } = parseArgs({
  options: {
    provider: { type: 'string', default: 'twilio' },
    account: { type: 'string', default: '{}' },
    port: { type: 'string', default: '0' },
    'control-port': { type: 'string', default: '0' },
    log: { type: 'string' },
  },
})

const { provider } = values
if (provider !== 'twilio' && provider !== 'vonage' && provider !== 'meta') throw new Error(`no provider ${provider}`)
const account = JSON.parse(values.account)
const fake = await openFakeByName(
  provider,
  { twilio: account, vonage: account, meta: account },
  { port: Number(values.port), ...(values.log !== undefined && { file: values.log }) },
)
const control = await openControlServer(fake, Number(values['control-port']))

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    control.close()
    void fake.close().then(() => process.exit(0))
  })
}

console.log(JSON.stringify({ provider, host: fake.host, port: fake.port, controlUrl: control.url, pid: process.pid }))
