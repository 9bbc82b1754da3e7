import { openPushControl } from './control-server.ts'
import { openFakeFcm } from './fake-fcm.ts'
import { openFakeWebPush } from './fake-web-push.ts'

const [kind = 'fcm', options = '{}'] = process.argv.slice(2)
const fake = kind === 'fcm' ? await openFakeFcm(JSON.parse(options)) : await openFakeWebPush(JSON.parse(options))
const control = await openPushControl({ ...fake }, 0)

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    control.close()
    void fake.close().then(() => process.exit(0))
  })
}

const named = 'account' in fake ? { account: fake.account } : { vapid: fake.vapid }
console.log(JSON.stringify({ controlUrl: control.url, pid: process.pid, ...named }))
