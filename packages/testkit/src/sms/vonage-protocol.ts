import { createHash, createHmac, createVerify, randomUUID } from 'node:crypto'
import type { WrongAnswer } from './behaviour.ts'
import type { FakeAnswer, FakeRequest } from './http-socket.ts'
import type { Callback, Protocol, Reading, Reply, StatusReport } from './protocol.ts'
import { signatureHeader, wrongHeaders } from './protocol.ts'

export interface VonageAccount {
  readonly applicationId: string
  /** PEM; without it any token of that application will do. */
  readonly publicKey?: string
  readonly signatureSecret: string
  readonly apiKey?: string
}

/** HTTP status and title of each code at developer.vonage.com/api-errors/messages. */
const errors: Readonly<Record<string, readonly [status: number, title: string]>> = {
  unauthorized: [401, 'You did not provide correct credentials.'],
  '1000': [429, 'Throttled'],
  '1010': [422, 'Missing params'],
  '1020': [422, 'Invalid params'],
  '1030': [500, 'Internal error'],
  '1040': [422, 'Invalid message'],
  '1050': [422, 'Number barred'],
  '1060': [403, 'Partner account barred'],
  '1070': [402, 'Partner quota exceeded'],
  '1120': [422, 'Illegal Sender Address'],
}

/** The Messages API of Vonage, version 1. */
export function createVonageProtocol(account: VonageAccount): Protocol {
  function read(request: FakeRequest): Reading {
    if (!isAuthorized(request.headers.authorization ?? '', account)) return refuse('unauthorized')
    if (request.method !== 'POST' || request.path !== '/v1/messages') {
      return { kind: 'refused', answer: { status: 404, body: '{"title":"Not Found"}' } }
    }
    const fields: Record<string, unknown> = JSON.parse(request.body)
    const { to, from, text, channel, message_type: type, client_ref: reference, webhook_url: callbackUrl } = fields
    if (typeof to !== 'string' || typeof from !== 'string' || typeof text !== 'string') return refuse('1010')
    // Vonage wants E.164 without its plus sign.
    if (channel !== 'sms' || type !== 'text' || !/^[1-9]\d{6,14}$/.test(to)) return refuse('1020', to)
    if (typeof reference === 'string' && reference.length > 100) return refuse('1020', to)
    const message = { providerMessageId: randomUUID(), to: `+${to}`, from, text, fields }
    return {
      kind: 'submit',
      message: {
        ...message,
        ...(typeof reference === 'string' && { reference }),
        ...(typeof callbackUrl === 'string' && { callbackUrl }),
      },
    }
  }

  function compose(url: string, signature: StatusReport['signature'], fields: object): Callback {
    const body = JSON.stringify(fields)
    const token = signToken(body, account)
    return {
      url,
      headers: {
        'Content-Type': 'application/json',
        ...signatureHeader('Authorization', `Bearer ${token}`, signature),
      },
      body,
    }
  }

  return {
    read,
    answerAccepted: ({ providerMessageId }) => ({
      status: 202,
      body: JSON.stringify({ message_uuid: providerMessageId }),
    }),
    answerWrongly,
    composeStatus: (message, { status, errorCode, signature, url }) =>
      compose(url ?? message.callbackUrl ?? '', signature, {
        message_uuid: message.providerMessageId,
        to: message.to.slice(1),
        from: message.from,
        timestamp: new Date().toISOString(),
        status,
        channel: 'sms',
        ...(message.reference !== undefined && { client_ref: message.reference }),
        ...(errorCode !== undefined && { error: describe(errorCode) }),
      }),
    composeReply: ({ from, to, text, url, signature }: Reply) =>
      compose(url, signature, {
        message_uuid: randomUUID(),
        to: to.replace('+', ''),
        from: from.replace('+', ''),
        timestamp: new Date().toISOString(),
        channel: 'sms',
        message_type: 'text',
        text,
      }),
  }
}

function describe(code: number | string, to = '') {
  const title = errors[String(code)]?.[1] ?? 'Rejected'
  const type = `https://developer.vonage.com/api-errors/messages#${code}`
  return { type, title, detail: `${title}: ${to}`, instance: randomUUID() }
}

function refuse(code: string, to = ''): Reading {
  return { kind: 'refused', answer: answerWrongly({ code }, to) }
}

function answerWrongly(wrong: WrongAnswer, to: string): FakeAnswer {
  const { status, code, body } = wrong
  return {
    status: status ?? errors[String(code)]?.[0] ?? 422,
    headers: { 'Content-Type': 'application/problem+json', ...wrongHeaders(wrong) },
    body: body ?? JSON.stringify(code === undefined ? {} : describe(code, to)),
  }
}

/** A bearer token of RS256 that names the application and is no older than a day. */
function isAuthorized(authorization: string, { applicationId, publicKey }: VonageAccount) {
  const [head = '', claims = '', signature = ''] = authorization.replace(/^Bearer /, '').split('.')
  if (!authorization.startsWith('Bearer ') || signature === '') return false
  const { application_id: id, iat, jti } = JSON.parse(Buffer.from(claims, 'base64url').toString())
  const isFresh = typeof iat === 'number' && Math.abs(Date.now() / 1000 - iat) < 86_400
  const isGenuine =
    publicKey === undefined ||
    createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url')
  return id === applicationId && typeof jti === 'string' && isFresh && isGenuine
}

function signToken(body: string, { apiKey, applicationId, signatureSecret }: VonageAccount) {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const claims = {
    iat: Math.floor(Date.now() / 1000),
    jti: randomUUID(),
    iss: 'Vonage',
    payload_hash: createHash('sha256').update(body).digest('hex'),
    api_key: apiKey ?? 'abcdef12',
    application_id: applicationId,
  }
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${createHmac('sha256', signatureSecret).update(signed).digest('base64url')}`
}
