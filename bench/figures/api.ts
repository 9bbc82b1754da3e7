import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { openStage } from '@carillon/testkit'
import type { Figure, Lap } from '../figure.ts'

const CALLERS = 64
const LAP_MS = 2_000

const EVENT = JSON.stringify({
  type: 'ORDER_SHIPPED',
  title: 'Your order is on its way',
  message: 'It left the house this morning.',
  recipientIds: ['user-1'],
  channels: ['EMAIL'],
})

/** Callers that each ask again as soon as they were answered. An answer with another status is an error of the run. */
async function callFor(url: string, token: string, status: number): Promise<Lap> {
  const startedMs = performance.now()
  const untilMs = startedMs + LAP_MS
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  let count = 0
  async function call(): Promise<void> {
    while (performance.now() < untilMs) {
      const response = await fetch(url, { method: 'POST', headers, body: EVENT })
      await response.text()
      if (response.status !== status) throw new Error(`POST ${url}: ${response.status} instead of ${status}`)
      count += 1
    }
  }
  await Promise.all(Array.from({ length: CALLERS }, call))
  return { count, ms: performance.now() - startedMs }
}

export const api: Figure = {
  name: 'api accepted a second',
  of: 'events answered with 202 after acks=all, with auth and validation',
  against: 'an empty Hono handler',
  goal: 0.38,
  async open({ on }) {
    const stage = await openStage({ broker: on, apps: ['api'] })
    const empty = spawn(process.execPath, [join(import.meta.dirname, 'empty-handler.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = await once(createInterface(empty.stdout), 'line')
    return {
      subject: () => callFor(`${stage.api.url}/api/notifications`, stage.api.token, 202),
      denominator: () => callFor(String(line), stage.api.token, 200),
      async close() {
        empty.kill()
        await stage.close()
      },
    }
  },
}
