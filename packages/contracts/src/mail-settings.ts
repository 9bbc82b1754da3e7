import { z } from 'zod'
import { emailAddress } from './addresses.ts'
import { identifier, lineOfText } from './text.ts'

/** Who a mail is from and where answers go; what is absent is the installation's own. */
export const mailIdentitySchema = z.object({
  fromName: lineOfText(128).min(1).optional(),
  fromEmail: emailAddress.optional(),
  replyTo: emailAddress.optional(),
})
export type MailIdentity = z.infer<typeof mailIdentitySchema>

/** Of a tenant; a category's own stands before it, field by field. */
export const mailSettingsSchema = mailIdentitySchema.extend({
  categories: z.record(identifier, mailIdentitySchema).default({}),
})
export type MailSettings = z.infer<typeof mailSettingsSchema>
