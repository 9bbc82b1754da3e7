import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { AcceptedSms } from './accept-log.ts'
import type { FakeSms, FakeSmsOptions } from './fake-sms.ts'
import type { FakeAccounts } from './open-fakes.ts'
import type { FakeProviderName } from './protocol.ts'

/** What `main.ts` prints when it is ready. */
export interface FakeSmsReady {
  readonly provider: FakeProviderName
  readonly host: string
  readonly port: number
  readonly controlUrl: string
}

/** Drives a fake that runs in a process of its own. `close` leaves that process alone. */
export function connectFakeSms({ provider, host, port, controlUrl }: FakeSmsReady): FakeSms {
  const messages: AcceptedSms[] = []

  async function call(method: string, path: string, body?: unknown) {
    const payload = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(`${controlUrl}/${path}`, { method, ...payload })
    const answer = JSON.parse(await response.text())
    if (!response.ok) throw new Error(`${method} ${path}: ${answer.message}`)
    return answer
  }

  async function fetchAccepted(query: string): Promise<readonly AcceptedSms[]> {
    const more: AcceptedSms[] = await call('GET', `accepted?from=${messages.length}${query}`)
    // Two calls at once may fetch the same messages.
    messages.push(...more.filter(({ number }) => number > messages.length))
    return messages
  }

  return {
    provider,
    host,
    port,
    url: `http://${host}:${port}`,
    behave: (behaviour) => call('POST', 'behaviours', behaviour),
    clearBehaviours: () => call('DELETE', 'behaviours'),
    accepted: () => fetchAccepted(''),
    waitForAccepted: (count, timeoutMs) => fetchAccepted(`&count=${count}&timeoutMs=${timeoutMs}`),
    requests: () => call('GET', 'requests'),
    waitForHold: (name, timeoutMs) => call('GET', `holds/${encodeURIComponent(name)}?timeoutMs=${timeoutMs}`),
    releaseHold: (name) => call('DELETE', `holds/${encodeURIComponent(name)}`),
    reportStatus: (id, report) => call('POST', `reports/${encodeURIComponent(id)}`, report),
    reply: (reply) => call('POST', 'replies', reply),
    refuseConnections: (refuse) => call('PUT', `refusing/${refuse}`),
    dropConnections: () => call('DELETE', 'connections'),
    connections: () => call('GET', 'connections'),
    async close() {},
  }
}

/** Starts a fake as a process of its own, which lives on when others are killed; `close` ends it. */
export async function spawnFakeSms<Name extends FakeProviderName>(
  provider: Name,
  account: FakeAccounts[Name],
  { port, file }: FakeSmsOptions = {},
): Promise<FakeSms & { readonly pid: number }> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const flags = { '--provider': provider, '--account': JSON.stringify(account), '--port': port, '--log': file }
  const given = Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]))
  const child = spawn(process.execPath, [main, ...given], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const ready = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([line]): FakeSmsReady => JSON.parse(line)),
    exited.then(([code]) => Promise.reject(new Error(`start the fake provider: it exited with ${code}`))),
  ])
  if (child.pid === undefined) throw new Error('start the fake provider: no pid')
  return {
    ...connectFakeSms(ready),
    pid: child.pid,
    async close() {
      child.kill('SIGTERM')
      await exited
    },
  }
}
