import { z } from 'zod'
import type { DeliveryTokens } from '../delivery-token.ts'
import { addToken } from '../delivery-token.ts'
import type { Egress, EgressAnswer } from '../egress.ts'
import { parseJson } from '../parse-json.ts'
import type { Draft, Provider, SmsDraft, Submitted } from '../provider.ts'
import { fromSilence, toSubmitted } from '../provider.ts'
import type { WhatsAppDraft } from '../whatsapp-templates.ts'
import { fillVariables } from '../whatsapp-templates.ts'
import { readTwilioAnswer } from './twilio-answers.ts'
import type { TwilioAccount } from './twilio-client.ts'
import { createTwilioClient, type TwilioClient } from './twilio-client.ts'
import { lookUpAtTwilio } from './twilio-look-up.ts'

export interface TwilioOptions extends TwilioAccount {
  /** Our number, short code or name; a messaging service may choose one instead. */
  readonly from?: string
  readonly messagingServiceSid?: string
  /** Where Twilio reports what becomes of a message; the delivery's token is added to it. */
  readonly statusCallbackUrl?: string
  readonly tokens?: DeliveryTokens
}

const name = 'twilio'
type CreateOptions = Parameters<TwilioClient['createMessage']>[0]

export function createTwilioSms(options: TwilioOptions, egress: Egress): Provider<SmsDraft> {
  checkOptions(options)
  const client = createTwilioClient(options, egress)
  return {
    name,
    submit: ({ message, to, text }, limitMs) =>
      submit(client, { ...composeCommon(message, options), to, body: text }, limitMs),
    lookUp: (question) => lookUpAtTwilio(client, question.address, question),
  }
}

export function createTwilioWhatsApp(options: TwilioOptions, egress: Egress): Provider<WhatsAppDraft> {
  checkOptions(options)
  const client = createTwilioClient(options, egress)
  const from = options.from && `whatsapp:${options.from}`
  return {
    name,
    async submit({ message, to, template }, limitMs) {
      const { contentSid, variables } = template
      if (contentSid === undefined) return refuseTemplate()
      const values = fillVariables(variables, message.content)
      const contentVariables = JSON.stringify(Object.fromEntries(values.map((value, index) => [index + 1, value])))
      const common = composeCommon(message, { ...options, ...(from && { from }) })
      const filled = values.length === 0 ? {} : { contentVariables }
      return submit(client, { ...common, to: `whatsapp:${to}`, contentSid, ...filled }, limitMs)
    },
    lookUp: (question) => lookUpAtTwilio(client, `whatsapp:${question.address}`, { startedAt: question.startedAt }),
  }
}

/** At the start, so that a wrong account is a start that fails and not a message that does. */
function checkOptions({ accountSid, authToken, from, messagingServiceSid }: TwilioOptions): void {
  if (!/^AC[0-9a-f]{32}$/i.test(accountSid) || authToken === '') {
    throw new Error('create the Twilio provider: it needs an account SID (AC and 32 hexadecimal digits) and a token')
  }
  if (!from && !messagingServiceSid) throw new Error('create the Twilio provider: it needs a sender')
}

function composeCommon(
  message: Draft['message'],
  { from, messagingServiceSid, statusCallbackUrl, tokens }: TwilioOptions,
) {
  return {
    validityPeriod: decideValidity(message.expiresAt, Date.now()),
    ...(from ? { from } : messagingServiceSid && { messagingServiceSid }),
    ...(statusCallbackUrl && tokens && { statusCallback: addToken(statusCallbackUrl, tokens.sign(message)) }),
  }
}

/** Ten hours is the longest that Twilio keeps a message in its queue. */
const validityMaxSeconds = 36_000

function decideValidity(expiresAt: Date, nowMs: number): number {
  const seconds = Math.floor((expiresAt.getTime() - nowMs) / 1_000)
  return Math.min(Math.max(1, seconds), validityMaxSeconds)
}

async function submit(client: TwilioClient, options: CreateOptions, limitMs: number): Promise<Submitted> {
  const answer = await client.createMessage(options, limitMs)
  return answer.kind === 'answered' ? readAnswer(answer) : fromSilence(name, answer)
}

const created = z.object({ sid: z.string().min(1) })
const refused = z.object({ code: z.number().optional(), message: z.string().optional() })

function readAnswer({ status, body, retryAfterMs }: Extract<EgressAnswer, { kind: 'answered' }>): Submitted {
  const json = parseJson(body)
  if (status === 201) {
    const message = created.safeParse(json)
    if (message.success) return { result: { outcome: 'accepted', provider: name, providerMessageId: message.data.sid } }
  }
  const error = refused.safeParse(json)
  const code = error.success ? error.data.code : undefined
  const words = error.success ? error.data.message : undefined
  const meaning = readTwilioAnswer(status, code)
  return toSubmitted(name, meaning, `${status}/${code ?? ''} ${words ?? ''}`.trim(), retryAfterMs)
}

function refuseTemplate(): Submitted {
  const words = 'the template has no contentSid'
  return toSubmitted(name, { outcome: 'rejected', reason: 'whatsapp_template_missing', mayTryNext: true }, words)
}
