import { type MailSettings, mailSettingsSchema } from '@carillon/contracts'
import { answerJson } from '../answer.ts'
import { jsonBody } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'

export interface MailSettingsStore {
  /** Nothing named yet is an empty one. */
  findMailSettings(tenantId: string): Promise<MailSettings>
  saveMailSettings(tenantId: string, settings: MailSettings): Promise<void>
}

const path = '/api/mail-settings'

export const getMailSettings = defineRoute({
  method: 'get',
  path,
  access: { scope: 'settings:read', people: 'scoped' },
  summary: 'See who mails are from',
  answers: { 200: { description: 'Of the tenant, and of its categories', schema: mailSettingsSchema } },
  handle: async ({ caller, exchange }) =>
    answerJson(200, await exchange.ports.mailSettings.findMailSettings(caller.tenantId)),
})

export const putMailSettings = defineRoute({
  method: 'put',
  path,
  access: { scope: 'settings:write', people: 'scoped' },
  summary: 'Say who mails are from, and where answers go',
  description:
    'For the tenant, and for categories that have their own; what is absent is as the installation has it. The mail ' +
    'server must accept the sender, or its mails fail with smtp_sender_refused.',
  body: jsonBody<MailSettings>(mailSettingsSchema, {
    example: {
      fromName: 'The shop',
      fromEmail: 'hello@shop.example.com',
      categories: { invoices: { replyTo: 'invoices@shop.example.com' } },
    },
  }),
  answers: { 200: { description: 'What holds from the next mail on', schema: mailSettingsSchema } },
  async handle({ caller, exchange, body }) {
    await exchange.ports.mailSettings.saveMailSettings(caller.tenantId, body)
    return answerJson(200, body)
  },
})
