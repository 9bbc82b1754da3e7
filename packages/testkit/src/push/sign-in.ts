import { createHash, generateKeyPairSync, randomBytes, verify } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { PushBehaviours } from './behaviour.ts'

/** A service account as its owner downloads it, and Google's token endpoint for it (RFC 7523). */
export async function openSignIn(host: string, behaviours: PushBehaviours, lifetimeSeconds: number) {
  const clientEmail = 'push@fake-project.iam.gserviceaccount.test'
  keys ??= generateKeys()
  const { privateKey, publicKey } = keys
  const issued = new Set<string>()
  let count = 0
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('listen for sign-ins: no port')
  const tokenUrl = `http://${host}:${address.port}/token`

  async function answer(request: IncomingMessage, response: ServerResponse) {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    count += 1
    const wrong = behaviours.take('sign_in')
    if (wrong?.delayMs !== undefined) await new Promise((resolve) => setTimeout(resolve, wrong.delayMs))
    if (wrong?.drop) return void request.socket.destroy()
    if (wrong?.answer)
      return write(response, wrong.answer.status ?? 400, wrong.answer.body ?? '{"error":"invalid_grant"}')
    const form = new URLSearchParams(Buffer.concat(chunks).toString())
    if (!isGenuine(form, { clientEmail, publicKey, tokenUrl })) return write(response, 400, '{"error":"invalid_grant"}')
    const token = `ya29.${randomBytes(24).toString('base64url')}`
    issued.add(hash(token))
    write(response, 200, JSON.stringify({ access_token: token, expires_in: lifetimeSeconds, token_type: 'Bearer' }))
  }

  return {
    tokenUrl,
    account: { clientEmail, privateKey },
    countSignIns: () => count,
    isKnown: (authorization: string) => issued.has(hash(authorization.replace(/^Bearer /, ''))),
    revoke: () => issued.clear(),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

// Made once a process, since making them takes longer than most tests.
let keys: ReturnType<typeof generateKeys> | undefined

function generateKeys() {
  return generateKeyPairSync('rsa', {
    modulusLength: 2_048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}

const hash = (token: string) => createHash('sha256').update(token).digest('hex')

function write(response: ServerResponse, status: number, body: string) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}

interface Expected {
  readonly clientEmail: string
  readonly publicKey: string
  readonly tokenUrl: string
}

function isGenuine(form: URLSearchParams, { clientEmail, publicKey, tokenUrl }: Expected) {
  const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.')
  const isSigned = verify(
    'RSA-SHA256',
    Buffer.from(`${head}.${claims}`),
    publicKey,
    Buffer.from(signature, 'base64url'),
  )
  if (!isSigned || form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') return false
  const { iss, aud, scope, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString())
  const nowSeconds = Date.now() / 1_000
  const isTimely = iat <= nowSeconds + 5 && exp > nowSeconds && exp - iat <= 3_600
  return iss === clientEmail && aud === tokenUrl && isTimely && String(scope).includes('/auth/firebase.messaging')
}
