import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { AcceptedMail } from './accept-log.ts'
import type { FakeSmtp, FakeSmtpOptions } from './fake-smtp.ts'

/** What `main.ts` prints when it is ready. */
export interface FakeSmtpReady {
  readonly host: string
  readonly port: number
  readonly controlUrl: string
}

/** Drives a fake that runs in a process of its own. `close` leaves that process alone. */
export function connectFakeSmtp({ host, port, controlUrl }: FakeSmtpReady): FakeSmtp {
  const mails: AcceptedMail[] = []

  async function call(method: string, path: string, body?: unknown) {
    const payload = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(`${controlUrl}/${path}`, { method, ...payload })
    const answer = JSON.parse(await response.text())
    if (!response.ok) throw new Error(`${method} ${path}: ${answer.message}`)
    return answer
  }

  async function fetchAccepted(query: string): Promise<readonly AcceptedMail[]> {
    const from = mails.length
    const more: AcceptedMail[] = await call('GET', `accepted?from=${from}${query}`)
    // Two calls at once may fetch the same mails.
    mails.push(...more.filter(({ number }) => number > mails.length))
    return mails
  }

  return {
    host,
    port,
    behave: (behaviour) => call('POST', 'behaviours', behaviour),
    clearBehaviours: () => call('DELETE', 'behaviours'),
    accepted: () => fetchAccepted(''),
    waitForAccepted: (count, timeoutMs) => fetchAccepted(`&count=${count}&timeoutMs=${timeoutMs}`),
    readMail: (number) => call('GET', `accepted/${number}`),
    waitForHold: (name, timeoutMs) => call('GET', `holds/${encodeURIComponent(name)}?timeoutMs=${timeoutMs}`),
    releaseHold: (name) => call('DELETE', `holds/${encodeURIComponent(name)}`),
    refuseConnections: (refuse) => call('PUT', `refusing/${refuse}`),
    dropConnections: () => call('DELETE', 'connections'),
    connections: () => call('GET', 'connections'),
    async close() {},
  }
}

/** Starts the fake as a process of its own, which lives on when others are killed; `close` ends it. */
export async function spawnFakeSmtp(options: FakeSmtpOptions = {}): Promise<FakeSmtp & { readonly pid: number }> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  const child = spawn(process.execPath, [main, ...argumentsOf(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const ready = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([line]): FakeSmtpReady => JSON.parse(line)),
    exited.then(([code]) => Promise.reject(new Error(`start the fake mail server: it exited with ${code}`))),
  ])
  if (child.pid === undefined) throw new Error('start the fake mail server: no pid')
  return {
    ...connectFakeSmtp(ready),
    pid: child.pid,
    async close() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

function argumentsOf({ port, file, auth, rawKept }: FakeSmtpOptions) {
  const flags = {
    '--port': port,
    '--log': file,
    '--raw-kept': rawKept,
    '--user': auth?.user,
    '--pass': auth?.pass,
  }
  return Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [flag, String(value)]))
}
