import { createHmac } from 'node:crypto'
import type { AcceptedSms } from './accept-log.ts'
import type { WrongAnswer } from './behaviour.ts'
import { findTwilioFault } from './check-twilio-request.ts'
import type { FakeAnswer, FakeRequest } from './http-socket.ts'
import type { Callback, Protocol, Reading, StatusReport } from './protocol.ts'
import { signatureHeader, wrongHeaders } from './protocol.ts'

export interface TwilioAccount {
  readonly accountSid: string
  readonly authToken: string
}

/** HTTP status and words of Twilio's own error pages; `%` is the number, which Twilio likes to quote. */
const errors: Readonly<Record<string, readonly [status: number, message: string]>> = {
  '20001': [400, 'Invalid parameter %'],
  '20003': [401, 'Authenticate'],
  '20005': [403, 'Account not active'],
  '20404': [404, 'The requested resource was not found'],
  '20429': [429, 'Too Many Requests'],
  '21211': [400, "The 'To' number % is not a valid phone number."],
  '21214': [400, "'To' phone number % cannot be reached"],
  '21217': [400, 'Phone number % does not appear to be valid'],
  '21408': [403, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: %."],
  '21606': [400, "The 'From' phone number provided is not a valid message-capable Twilio phone number for %"],
  '21610': [400, 'Attempt to send to unsubscribed recipient'],
  '21611': [429, "This 'From' number has exceeded the maximum number of queued messages"],
  '21612': [400, "Message cannot be sent with the current combination of 'To' (%) and/or 'From' parameters"],
  '21614': [400, "'To' number: % is not a valid mobile number"],
  '21655': [400, 'The ContentSid parameter is invalid'],
  '21656': [400, 'The ContentVariables parameter is invalid'],
  '30002': [403, 'Account suspended'],
  '30034': [400, 'Message from an unregistered number to %'],
}

export function createTwilioProtocol({ accountSid, authToken }: TwilioAccount): Protocol {
  const statuses = new Map<string, StatusReport>()
  const optedOut = new Set<string>()
  const listPath = `/2010-04-01/Accounts/${accountSid}/Messages.json`
  const credentials = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`

  function read(request: FakeRequest): Reading {
    if (request.headers.authorization !== credentials) return refuse('20003')
    if (request.path === listPath) return request.method === 'POST' ? readSubmit(request) : readList(request)
    const sid = /\/Messages\/((?:SM|MM)[0-9a-f]{32})\.json$/.exec(request.path)?.[1]
    return sid === undefined ? refuse('20404') : { kind: 'look_up', answer: (known) => answerOne(known, sid) }
  }

  function readSubmit(request: FakeRequest): Reading {
    if (request.headers['content-type'] !== 'application/x-www-form-urlencoded') return refuse('20404')
    const fields = Object.fromEntries(new URLSearchParams(request.body))
    const to = (fields.To ?? '').replace('whatsapp:', '')
    if (!/^\+[1-9]\d{6,14}$/.test(to)) return refuse('21211', to)
    const fault = findTwilioFault(request)
    if (fault) return refuse('20001', `${fault.path} ${fault.words}`)
    if (optedOut.has(to)) return refuse('21610', to)
    const { StatusCallback: callbackUrl } = fields
    const message = { providerMessageId: createSid(), to, from: fields.From ?? fields.MessagingServiceSid ?? '' }
    const text = fields.Body ?? fields.ContentVariables ?? ''
    return { kind: 'submit', message: { ...message, text, ...(callbackUrl && { callbackUrl }), fields } }
  }

  function readList(request: FakeRequest): Reading {
    const fault = findTwilioFault(request)
    if (fault) return refuse('20001', `${fault.path} ${fault.words}`)
    const { query } = request
    const to = query.get('To')?.replace('whatsapp:', '')
    const answer = (known: readonly AcceptedSms[]) => {
      const wanted = known.filter((message) => isWanted(message, query)).reverse()
      const size = Number(query.get('PageSize') ?? 50)
      const page = Number(query.get('Page') ?? 0)
      const more = wanted.length > (page + 1) * size
      return json(200, {
        messages: wanted.slice(page * size, (page + 1) * size).map(toResource),
        page,
        page_size: size,
        next_page_uri: more ? `${listPath}?PageSize=${size}&Page=${page + 1}` : null,
        uri: listPath,
      })
    }
    return { kind: 'look_up', ...(to !== undefined && { to }), answer }
  }

  /** As Twilio does it: a message that still waits in its queue has no date of sending, and no such filter finds it. */
  function isWanted(message: AcceptedSms, query: URLSearchParams) {
    const date = dateSent(message)?.toISOString().slice(0, 10)
    const [on, from, until] = ['DateSent', 'DateSent>', 'DateSent<'].map((name) => query.get(name)?.slice(0, 10))
    return (
      (!query.has('To') || message.fields.To === query.get('To')) &&
      (!query.has('From') || message.fields.From === query.get('From')) &&
      (on === undefined || date === on) &&
      (from === undefined || (date !== undefined && date >= from)) &&
      (until === undefined || (date !== undefined && date <= until))
    )
  }

  function dateSent({ providerMessageId, at }: AcceptedSms) {
    const status = statuses.get(providerMessageId)?.status ?? 'queued'
    return ['accepted', 'queued', 'sending'].includes(status) ? undefined : new Date(at)
  }

  function toResource(message: AcceptedSms) {
    const { providerMessageId: sid, fields, text, at } = message
    const report = statuses.get(sid)
    return {
      sid,
      account_sid: accountSid,
      to: fields.To,
      from: fields.From ?? null,
      messaging_service_sid: fields.MessagingServiceSid ?? null,
      body: text,
      status: report?.status ?? 'queued',
      direction: 'outbound-api',
      num_segments: '1',
      num_media: '0',
      date_created: new Date(at).toUTCString().replace('GMT', '+0000'),
      date_updated: new Date(at).toUTCString().replace('GMT', '+0000'),
      date_sent: dateSent(message)?.toUTCString().replace('GMT', '+0000') ?? null,
      price: null,
      price_unit: 'USD',
      error_code: report?.errorCode ?? null,
      error_message: null,
      api_version: '2010-04-01',
      uri: `/2010-04-01/Accounts/${accountSid}/Messages/${sid}.json`,
      subresource_uris: { media: `/2010-04-01/Accounts/${accountSid}/Messages/${sid}/Media.json` },
    }
  }

  function answerOne(known: readonly AcceptedSms[], sid: string): FakeAnswer {
    const message = known.find(({ providerMessageId }) => providerMessageId === sid)
    return message ? json(200, toResource(message)) : answerError({ code: '20404' }, sid)
  }

  function composeStatus(message: AcceptedSms, report: StatusReport): Callback {
    statuses.set(message.providerMessageId, report)
    return compose(report.url ?? message.callbackUrl ?? '', report.signature, {
      MessageSid: message.providerMessageId,
      SmsSid: message.providerMessageId,
      AccountSid: accountSid,
      MessageStatus: report.status,
      SmsStatus: report.status,
      To: String(message.fields.To),
      From: message.from,
      ApiVersion: '2010-04-01',
      ...(report.errorCode !== undefined && { ErrorCode: String(report.errorCode) }),
    })
  }

  function compose(url: string, signature: StatusReport['signature'], fields: Record<string, string>): Callback {
    const signed = Object.keys(fields)
      .sort()
      .reduce((text, key) => text + key + fields[key], url)
    const genuine = createHmac('sha1', authToken).update(signed).digest('base64')
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    return {
      url,
      headers: { ...headers, ...signatureHeader('X-Twilio-Signature', genuine, signature) },
      body: new URLSearchParams(fields).toString(),
    }
  }

  return {
    read,
    answerAccepted: (message) => json(201, toResource(message)),
    answerWrongly: answerError,
    composeStatus,
    composeReply({ from, to, text, url, signature }) {
      const word = text.trim().toUpperCase()
      const kind = ['STOP', 'START', 'HELP'].find((known) => known === word)
      if (kind === 'STOP') optedOut.add(from)
      if (kind === 'START') optedOut.delete(from)
      const sid = createSid()
      const fields = { MessageSid: sid, SmsSid: sid, AccountSid: accountSid, From: from, To: to, Body: text }
      return compose(url, signature, { ...fields, SmsStatus: 'received', ...(kind && { OptOutType: kind }) })
    },
  }
}

function refuse(code: string, to = ''): Reading {
  return { kind: 'refused', answer: answerError({ code }, to) }
}

function answerError(wrong: WrongAnswer, to: string): FakeAnswer {
  const { status, code, body } = wrong
  const [knownStatus, words] = errors[String(code)] ?? [400, 'No']
  const finalStatus = status ?? knownStatus
  const message = words.replace('%', to)
  const more = `https://www.twilio.com/docs/errors/${code}`
  const error = code === undefined ? {} : { code: Number(code), message, more_info: more, status: finalStatus }
  return { status: finalStatus, headers: wrongHeaders(wrong), body: body ?? JSON.stringify(error) }
}

function json(status: number, body: unknown): FakeAnswer {
  return { status, body: JSON.stringify(body) }
}

function createSid() {
  return `SM${crypto.randomUUID().replaceAll('-', '')}`
}
