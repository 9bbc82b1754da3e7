import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { FakeFcm, FakeFcmAccount, FakeFcmOptions } from './fake-fcm.ts'
import type { FakeWebPush, FakeWebPushOptions } from './fake-web-push.ts'

/** What `main.ts` prints when it is ready. */
export interface FakePushReady {
  readonly controlUrl: string
  readonly account?: FakeFcmAccount
  readonly vapid?: FakeWebPush['vapid']
}

/** Starts the fake as a process of its own, which lives on when others are killed; `close` ends it. */
export async function spawnFakeFcm(options: FakeFcmOptions = {}): Promise<FakeFcm & { readonly pid: number }> {
  const { ready, pid, close } = await spawnFake('fcm', options)
  const call = createCaller(ready.controlUrl)
  if (!ready.account) throw new Error('start the fake FCM: it named no account')
  return {
    pid,
    account: ready.account,
    ...createShared(call),
    requests: () => call('requests'),
    revokeAccess: () => call('revokeAccess'),
    countSignIns: () => call('countSignIns'),
    close,
  }
}

export async function spawnFakeWebPush(
  options: FakeWebPushOptions = {},
): Promise<FakeWebPush & { readonly pid: number }> {
  const { ready, pid, close } = await spawnFake('web-push', options)
  const call = createCaller(ready.controlUrl)
  if (!ready.vapid) throw new Error('start the fake push service: it named no keys')
  return { pid, vapid: ready.vapid, ...createShared(call), subscribe: () => call('subscribe'), close }
}

type Call = <T>(name: string, ...values: readonly unknown[]) => Promise<T>

function createCaller(controlUrl: string): Call {
  return async (name, ...values) => {
    const response = await fetch(`${controlUrl}/${name}`, { method: 'POST', body: JSON.stringify(values) })
    const answer = JSON.parse(await response.text())
    if (!response.ok) throw new Error(`${name}: ${answer.message}`)
    return answer
  }
}

type Shared = Omit<FakeWebPush, 'vapid' | 'subscribe' | 'close'>

function createShared(call: Call): Shared {
  return {
    behave: (behaviour) => call('behave', behaviour),
    clearBehaviours: () => call('clearBehaviours'),
    accepted: () => call('accepted'),
    waitForAccepted: (count, timeoutMs) => call('waitForAccepted', count, timeoutMs),
    waitForHold: (name, timeoutMs) => call('waitForHold', name, timeoutMs),
    releaseHold: (name) => call('releaseHold', name),
    refuseConnections: (refuse) => call('refuseConnections', refuse),
    dropConnections: () => call('dropConnections'),
    connections: () => call('connections'),
  }
}

async function spawnFake(kind: 'fcm' | 'web-push', options: object) {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const args = [main, kind, JSON.stringify(options)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const ready = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([line]): FakePushReady => JSON.parse(line)),
    exited.then(([code]) => Promise.reject(new Error(`start the fake push service: it exited with ${code}`))),
  ])
  const { pid } = child
  if (pid === undefined) throw new Error('start the fake push service: no pid')
  const close = async () => {
    child.kill('SIGTERM')
    await exited
  }
  return { ready, pid, close }
}
