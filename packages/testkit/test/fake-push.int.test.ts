import { readFile, rm } from 'node:fs/promises'
import http2 from 'node:http2'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import {
  type FakeFcm,
  type FakeFcmOptions,
  openFakeFcm,
  openFakeWebPush,
  spawnFakeFcm,
  spawnFakeWebPush,
} from '../src/push/index.ts'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function open(openFake: (options: FakeFcmOptions) => Promise<FakeFcm>, file?: string) {
  const fake = await openFake(file === undefined ? {} : { file })
  closers.push(() => fake.close())
  const session = http2.connect(fake.account.baseUrl)
  session.on('error', () => {})
  closers.push(async () => session.destroy())
  return { fake, session }
}

/** As little of a client as will do: the fakes are tested by themselves here, the channel is elsewhere. */
function post(session: http2.ClientHttp2Session, path: string, body: object, authorization = '') {
  return new Promise<{ status: number | undefined; body: string; code: number }>((resolve) => {
    const stream = session.request({ ':method': 'POST', ':path': path, authorization })
    let status: number | undefined
    let text = ''
    stream.on('response', (headers) => {
      status = headers[':status']
    })
    stream.on('data', (chunk: Buffer) => {
      text += chunk
    })
    stream.on('error', () => {})
    stream.on('close', () => resolve({ status, body: text, code: stream.rstCode ?? 0 }))
    stream.end(JSON.stringify(body))
  })
}

const sendPath = '/v1/projects/fake-project/messages:send'
const message = { message: { token: 't1', data: { deliveryId: 'd1' } } }

describe.each([
  ['in this process', openFakeFcm],
  ['in a process of its own', spawnFakeFcm],
])('the fake FCM %s', (_name, openFake) => {
  it('lets nobody in without an access token that it gave out', async () => {
    const { fake, session } = await open(openFake)
    const answer = await post(session, sendPath, message, 'Bearer made-up')
    expect([answer.status, JSON.parse(answer.body).error.status]).toEqual([401, 'UNAUTHENTICATED'])
    const form = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: 'a.b.c' })
    expect((await fetch(fake.account.tokenUrl, { method: 'POST', body: form })).status).toBe(400)
    expect(await fake.accepted()).toEqual([])
  })

  it('waits at a barrier before it reads, and refuses a stream so that the client knows', async () => {
    const { fake, session } = await open(openFake)
    await fake.behave({ at: 'headers', hold: 'here', times: 1 })
    await fake.behave({ at: 'headers', drop: 'refuse_stream', times: 1 })
    const waiting = post(session, sendPath, message)
    expect(await fake.waitForHold('here', 5_000)).toMatchObject({ name: 'here' })
    const { NGHTTP2_REFUSED_STREAM } = http2.constants
    expect((await post(session, sendPath, message)).code).toBe(NGHTTP2_REFUSED_STREAM)
    await fake.releaseHold('here')
    expect((await waiting).status).toBe(401)
  })

  it('stops and starts listening', async () => {
    const { fake } = await open(openFake)
    await fake.refuseConnections(true)
    const refused = http2.connect(fake.account.baseUrl)
    const error = await new Promise((resolve) => refused.on('error', resolve))
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
    await fake.refuseConnections(false)
    const back = http2.connect(fake.account.baseUrl)
    expect((await post(back, sendPath, message)).status).toBe(401)
    back.destroy()
  })
})

describe.each([
  ['in this process', openFakeWebPush],
  ['in a process of its own', spawnFakeWebPush],
])('the fake push service %s', (_name, openFake) => {
  it('knows its subscriptions, and takes nothing that is not signed by their site', async () => {
    const file = join(tmpdir(), `fake-push-${process.pid}-${Math.random()}.jsonl`)
    const fake = await openFake({ file })
    closers.push(
      () => fake.close(),
      () => rm(file, { force: true }),
    )
    const { endpoint, token } = await fake.subscribe()
    expect(JSON.parse(token)).toMatchObject({
      endpoint,
      keys: { p256dh: expect.any(String), auth: expect.any(String) },
    })
    const statusOf = async (url: string) => (await fetch(url, { method: 'POST', body: 'x' })).status
    expect([await statusOf(endpoint), await statusOf(`${endpoint}-gone`)]).toEqual([403, 404])
    await fake.behave({ at: 'received', for: endpoint, answer: { status: 410 }, times: 1 })
    expect(await statusOf(endpoint)).toBe(410)
    expect(await readFile(file, 'utf8')).toBe('')
  })
})
