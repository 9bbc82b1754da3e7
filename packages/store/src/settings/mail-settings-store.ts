import { mailSettingsSchema } from '@carillon/contracts'
import type { MailSettingsStore } from '@carillon/http-api'
import type { Pool } from 'pg'
import { runStatement } from '../run-statement.ts'
import { FIND_MAIL_SETTINGS, SAVE_MAIL_SETTINGS } from '../sql/mail-settings.ts'
import { repeatConflicts } from '../transaction.ts'

export function createMailSettingsStore({ pool }: { readonly pool: Pool }): MailSettingsStore {
  return {
    async findMailSettings(tenantId) {
      const [row] = await repeatConflicts('find the mail settings', () =>
        runStatement<{ mail: unknown }>(pool, FIND_MAIL_SETTINGS, [tenantId]),
      )
      return mailSettingsSchema.parse(row?.mail ?? {})
    },
    async saveMailSettings(tenantId, settings) {
      const values = [tenantId, JSON.stringify(settings)]
      await repeatConflicts('save the mail settings', () => runStatement(pool, SAVE_MAIL_SETTINGS, values))
    },
  }
}
