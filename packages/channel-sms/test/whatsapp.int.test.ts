import type { FakeSms, WrongAnswer } from '@carillon/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { smsReasons } from '../src/reasons.ts'
import { createWhatsAppChannel } from '../src/whatsapp-channel.ts'
import type { WhatsAppTemplate } from '../src/whatsapp-templates.ts'
import { templatesByCategory } from '../src/whatsapp-templates.ts'
import { accounts, never, openMeta, openTwilio, outgoingMessage, phone, tokens } from './fakes.ts'

type Expected = Readonly<Record<string, unknown>>

let meta: FakeSms
let twilio: FakeSms

beforeEach(async () => {
  meta = await openMeta()
  twilio = await openTwilio()
})

afterEach(async () => {
  await meta.close()
  await twilio.close()
})

const contentSid = `HX${'2'.repeat(32)}`
const template: WhatsAppTemplate = { name: 'invoice_paid', language: 'de', variables: ['title', 'message'] }

function openChannel(templates: Record<string, WhatsAppTemplate>, withTwilio = false) {
  const findTemplate = templatesByCategory(templates)
  const options = { ...accounts.meta, baseUrl: meta.url }
  return createWhatsAppChannel({
    meta: options,
    findTemplate,
    tokens,
    ...(withTwilio && { twilio: { ...accounts.twilio, baseUrl: twilio.url, from: '+15005550006' } }),
  })
}

describe('a message of WhatsApp', () => {
  it('goes out as a template, its variables in order, with our token', async () => {
    const result = await openChannel({ billing: template }).send(outgoingMessage({ attempt: 2 }), never)
    const [accepted] = await meta.accepted()
    expect(result).toEqual({
      outcome: 'accepted',
      provider: 'meta',
      providerMessageId: accepted?.providerMessageId,
    })
    expect(accepted).toMatchObject({ to: phone, deliveryId: outgoingMessage().deliveryId, attempt: 2 })
    const { biz_opaque_callback_data: token, ...fields } = accepted?.fields ?? {}
    expect(tokens.verify(String(token))).toMatchObject({ attempt: 2 })
    const parameters = [
      { type: 'text', text: 'Invoice paid' },
      { type: 'text', text: 'Your invoice 42 was paid.' },
    ]
    expect(fields).toEqual({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to: phone.slice(1),
      type: 'template',
      template: { name: 'invoice_paid', language: { code: 'de' }, components: [{ type: 'body', parameters }] },
    })
  })

  it('without a template for its category is refused, and nobody is asked', async () => {
    const result = await openChannel({ other: template }).send(outgoingMessage(), never)
    expect(result).toMatchObject({ outcome: 'rejected', reason: 'whatsapp_template_missing' })
    expect((await meta.connections()).opened).toBe(0)
  })

  it('of any category can have one template for all', async () => {
    const channel = openChannel({ '*': { name: 'news', variables: [] } })
    expect(await channel.send(outgoingMessage(), never)).toMatchObject({ outcome: 'accepted' })
    expect((await meta.accepted())[0]?.fields.template).toEqual({ name: 'news', language: { code: 'en' } })
  })

  it('a category named like a property of every object finds no template', async () => {
    const channel = openChannel({ billing: template })
    for (const category of ['constructor', '__proto__', 'toString']) {
      expect(await channel.send(outgoingMessage({ category }), never)).toMatchObject({
        reason: 'whatsapp_template_missing',
      })
    }
  })

  it('goes by the provider that knows its template', async () => {
    const result = await openChannel({ billing: template }, true).send(outgoingMessage(), never)
    expect(result).toMatchObject({ outcome: 'accepted', provider: 'meta' })
    const channel = openChannel({ billing: { contentSid, variables: [] } }, true)
    expect(await channel.send(outgoingMessage(), never)).toMatchObject({ outcome: 'accepted', provider: 'twilio' })
  })

  it('goes by the next provider when the first refuses connections, and not after a lost answer', async () => {
    const channel = openChannel({ billing: { ...template, contentSid } }, true)
    await twilio.behave({ at: 'accepted', drop: 'reset', times: 1 })
    expect(await channel.send(outgoingMessage(), never)).toMatchObject({ outcome: 'unknown', provider: 'twilio' })
    await twilio.refuseConnections(true)
    await twilio.dropConnections()
    expect(await channel.send(outgoingMessage(), never)).toMatchObject({ outcome: 'accepted', provider: 'meta' })
  })
})

describe('what Meta answers decides what becomes of the message', () => {
  const refused = (reason: string): Expected => ({ outcome: 'rejected', reason })
  const waits = (reason: string): Expected => ({ outcome: 'unavailable', reason })
  const busy: Expected = { ...waits('sms_provider_busy'), opensBreaker: true }
  const stops = (reason: string): Expected => ({ ...waits(reason), stopsChannel: true, alert: true })
  const badTemplate: Expected = { ...refused('whatsapp_template_refused'), alert: true }
  const unclear: Expected = { outcome: 'unknown', reason: 'sms_answer_unclear' }
  const down: Expected = { ...waits('sms_provider_unavailable'), opensBreaker: true }

  const rows: [string, WrongAnswer, Expected][] = [
    ['190, an expired token', { code: 190 }, stops('sms_credentials')],
    ['0', { code: 0 }, stops('sms_credentials')],
    ['10', { code: 10 }, stops('sms_credentials')],
    ['131005', { code: 131005 }, stops('sms_credentials')],
    ['133010, our number is not registered', { code: 133010 }, stops('sms_credentials')],
    ['368', { code: 368 }, stops('sms_account_suspended')],
    ['131031', { code: 131031 }, stops('sms_account_suspended')],
    ['131042', { code: 131042 }, stops('sms_balance_used_up')],
    ['4', { code: 4 }, busy],
    ['80007', { code: 80007 }, busy],
    ['130429', { code: 130429 }, busy],
    ['131048', { code: 131048 }, busy],
    ['131056, too many to one person', { code: 131056 }, waits('sms_provider_busy')],
    ['131016', { code: 131016 }, down],
    ['133004', { code: 133004 }, down],
    ['131047', { code: 131047 }, badTemplate],
    ['132000', { code: 132000 }, badTemplate],
    ['132001', { code: 132001 }, badTemplate],
    ['132015', { code: 132015 }, badTemplate],
    ['131026', { code: 131026 }, refused('whatsapp_number_unreachable')],
    ['131021', { code: 131021 }, refused('whatsapp_number_unreachable')],
    ['131049', { code: 131049 }, refused('whatsapp_held_back')],
    ['130472', { code: 130472 }, refused('whatsapp_held_back')],
    ['131050', { code: 131050 }, { ...refused('sms_opted_out'), suppressAddress: true }],
    ['131008, a code of no row', { code: 131008 }, refused('sms_refused')],
    ['131000', { code: 131000 }, unclear],
    ['503 without a code', { status: 503, body: 'down' }, unclear],
    ['200 that cannot be read', { status: 200, body: '{}' }, unclear],
  ]
  it.each(rows)('%s', async (_name, answer, expected) => {
    await meta.behave({ at: 'body', answer })
    const result = await openChannel({ billing: template }).send(outgoingMessage(), never)
    const { provider, error, ...known } = { error: '', ...result }
    expect(provider).toBe('meta')
    expect(error).not.toContain(phone.slice(-9))
    expect(known).toEqual(expected)
    expect(Object.keys(smsReasons)).toContain('reason' in result && result.reason)
  })
})
