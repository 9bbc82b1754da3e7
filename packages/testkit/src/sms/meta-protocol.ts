import { createHmac, randomUUID } from 'node:crypto'
import type { WrongAnswer } from './behaviour.ts'
import type { FakeAnswer, FakeRequest } from './http-socket.ts'
import type { Callback, Protocol, Reading, Reply, StatusReport } from './protocol.ts'
import { signatureHeader, wrongHeaders } from './protocol.ts'

export interface MetaAccount {
  readonly phoneNumberId: string
  readonly accessToken: string
  readonly appSecret: string
  /** Where every webhook goes: Meta knows no address a message. */
  readonly webhookUrl?: string
}

/** HTTP status, type and words, as the table of WhatsApp's error codes has them. */
const errors: Readonly<Record<string, readonly [status: number, title: string]>> = {
  '0': [401, 'AuthException'],
  '4': [400, 'API Too Many Calls'],
  '10': [403, 'Permission Denied'],
  '100': [400, 'Invalid parameter'],
  '190': [401, 'Access token has expired'],
  '368': [403, 'Temporarily blocked for policies violations'],
  '80007': [400, 'Rate limit issues'],
  '130429': [429, 'Rate limit hit'],
  '130472': [400, "User's number is part of an experiment"],
  '131000': [500, 'Something went wrong'],
  '131005': [403, 'Access denied'],
  '131008': [400, 'Required parameter is missing'],
  '131016': [503, 'Service unavailable'],
  '131021': [400, 'Recipient cannot be sender'],
  '131026': [400, 'Message undeliverable'],
  '131031': [403, 'Account has been locked'],
  '131042': [400, 'Business eligibility payment issue'],
  '131047': [400, 'Re-engagement message'],
  '131048': [400, 'Spam rate limit hit'],
  '131049': [400, 'This message was not delivered to maintain healthy ecosystem engagement'],
  '131050': [400, 'User has stopped marketing messages'],
  '131056': [400, '(Business Account, Consumer Account) pair rate limit hit'],
  '132000': [400, 'Template Param Count Mismatch'],
  '132001': [404, 'Template does not exist in the translation'],
  '132015': [400, 'Template is paused'],
  '133004': [503, 'Server Temporarily Unavailable'],
  '133010': [400, 'Phone number Not Registered'],
}

/** Meta's WhatsApp Cloud API. */
export function createMetaProtocol(account: MetaAccount): Protocol {
  const path = new RegExp(`^/v\\d+\\.\\d+/${account.phoneNumberId}/messages$`)

  function read(request: FakeRequest): Reading {
    if (request.headers.authorization !== `Bearer ${account.accessToken}`) return refuse('190')
    if (request.method !== 'POST' || !path.test(request.path)) return refuse('100')
    const fields: Record<string, unknown> = JSON.parse(request.body)
    const { messaging_product: product, to, type, template, biz_opaque_callback_data: reference } = fields
    if (product !== 'whatsapp' || typeof to !== 'string') return refuse('131008')
    if (type !== 'template' || typeof template !== 'object') return refuse('131047', to)
    const message = {
      providerMessageId: `wamid.${Buffer.from(randomUUID()).toString('base64url')}`,
      to: `+${to.replace(/^\+/, '')}`,
      from: account.phoneNumberId,
      text: JSON.stringify(template),
      fields,
    }
    return { kind: 'submit', message: { ...message, ...(typeof reference === 'string' && { reference }) } }
  }

  function compose(value: object, { url, signature }: Pick<StatusReport, 'url' | 'signature'>): Callback {
    const metadata = { display_phone_number: '15550000000', phone_number_id: account.phoneNumberId }
    const change = { field: 'messages', value: { messaging_product: 'whatsapp', metadata, ...value } }
    const entry = { id: 'waba', changes: [change] }
    const body = JSON.stringify({ object: 'whatsapp_business_account', entry: [entry] })
    const genuine = `sha256=${createHmac('sha256', account.appSecret).update(body).digest('hex')}`
    return {
      url: url ?? account.webhookUrl ?? '',
      headers: {
        'Content-Type': 'application/json',
        ...signatureHeader('X-Hub-Signature-256', genuine, signature),
      },
      body,
    }
  }

  return {
    read,
    answerAccepted: ({ providerMessageId, to }) => ({
      status: 200,
      body: JSON.stringify({
        messaging_product: 'whatsapp',
        contacts: [{ input: to, wa_id: to.slice(1) }],
        messages: [{ id: providerMessageId, message_status: 'accepted' }],
      }),
    }),
    answerWrongly,
    composeStatus(message, report) {
      const code = report.errorCode
      const status = {
        id: message.providerMessageId,
        status: report.status,
        timestamp: nowSeconds(),
        recipient_id: message.to.slice(1),
        ...(message.reference !== undefined && { biz_opaque_callback_data: message.reference }),
        ...(code !== undefined && { errors: [{ code, title: errors[String(code)]?.[1] ?? 'Unknown error' }] }),
      }
      return compose({ statuses: [status] }, report)
    },
    composeReply({ from, text, url, signature }: Reply) {
      const sender = from.replace('+', '')
      const id = `wamid.${Buffer.from(randomUUID()).toString('base64url')}`
      const message = { from: sender, id, timestamp: nowSeconds(), type: 'text', text: { body: text } }
      return compose({ contacts: [{ wa_id: sender }], messages: [message] }, { url, ...(signature && { signature }) })
    },
  }
}

function nowSeconds() {
  return String(Math.floor(Date.now() / 1000))
}

function refuse(code: string, to = ''): Reading {
  return { kind: 'refused', answer: answerWrongly({ code }, to) }
}

function answerWrongly(wrong: WrongAnswer, to: string): FakeAnswer {
  const { status, code, body } = wrong
  const [knownStatus, title] = errors[String(code)] ?? [400, 'Unknown']
  const error = {
    message: `(#${code}) ${title}`,
    type: 'OAuthException',
    code: Number(code),
    error_data: { messaging_product: 'whatsapp', details: `${title} ${to}` },
    fbtrace_id: 'A1b2',
  }
  return {
    status: status ?? knownStatus,
    headers: wrongHeaders(wrong),
    body: body ?? JSON.stringify(code === undefined ? {} : { error }),
  }
}
