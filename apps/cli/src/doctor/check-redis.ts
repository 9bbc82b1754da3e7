import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { explain } from '../running/explain.ts'
import type { Finding } from './finding.ts'

const name = 'redis'
const ANSWER_MS_MAX = 3_000

/** Whatever Redis answers, it is there; a password is only looked at where one is set. */
export async function checkRedis(given: string | undefined): Promise<Finding> {
  if (!given) return { name, state: 'not used', detail: 'REDIS_URL is not set: every process counts for itself' }
  if (!URL.canParse(given)) {
    const cure = 'Correct REDIS_URL, such as redis://localhost:6379.'
    return { name, state: 'broken', detail: 'REDIS_URL', cause: 'it is no address', cure }
  }
  const url = new URL(given)
  try {
    const answer = await ask(url)
    if (!answer.startsWith('-')) return { name, state: 'well', detail: url.host }
    const cure = 'Correct user and password in REDIS_URL.'
    return { name, state: 'broken', detail: url.host, cause: answer.slice(1), cure }
  } catch (error) {
    // The fleet sends without it: what it keeps may be lost at any moment.
    const cure = `Start Redis at ${url.host}, or correct REDIS_URL. Until then limits hold for each process alone.`
    return { name, state: 'worth a look', detail: url.host, cause: explain(error), cure }
  }
}

function ask({ protocol, hostname: host, port, username, password }: URL): Promise<string> {
  const at = { host, port: Number(port || 6379), timeout: ANSWER_MS_MAX }
  const signIn = password ? [`AUTH ${username || 'default'} ${decodeURIComponent(password)}`] : []
  return new Promise((resolve, reject) => {
    const socket: Socket = protocol === 'rediss:' ? connectTls(at) : connect(at)
    socket.once(protocol === 'rediss:' ? 'secureConnect' : 'connect', () =>
      socket.write(`${[...signIn, 'PING'].join('\r\n')}\r\n`),
    )
    socket.once('timeout', () => socket.destroy(new Error(`no answer within ${ANSWER_MS_MAX} ms`)))
    socket.once('data', (answer: Buffer) => {
      resolve(String(answer).split('\r\n')[0] ?? '')
      socket.destroy()
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('it closed the connection without an answer')))
  })
}
