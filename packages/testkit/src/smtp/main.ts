import { parseArgs } from 'node:util'
import { openControlServer } from './control-server.ts'
import { openFakeSmtp } from './fake-smtp.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'control-port': { type: 'string', default: '0' },
    'raw-kept': { type: 'string', default: '20000' },
    log: { type: 'string' },
    user: { type: 'string' },
    pass: { type: 'string' },
  },
})

const fake = await openFakeSmtp({
  port: Number(values.port),
  rawKept: Number(values['raw-kept']),
  ...(values.log !== undefined && { file: values.log }),
  ...(values.user !== undefined && { auth: { user: values.user, pass: values.pass ?? '' } }),
})
const control = await openControlServer(fake, Number(values['control-port']))

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    control.close()
    void fake.close().then(() => process.exit(0))
  })
}

console.log(JSON.stringify({ host: fake.host, port: fake.port, controlUrl: control.url, pid: process.pid }))
