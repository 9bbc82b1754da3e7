import { settings as api } from '../../apps/api/src/config.ts'
import { settings as email } from '../../apps/email/src/config.ts'
import { settings as escalation } from '../../apps/escalation/src/config.ts'
import { settings as fanout } from '../../apps/fanout/src/config.ts'
import { settings as push } from '../../apps/push/src/config.ts'
import { settings as receipts } from '../../apps/receipts/src/config.ts'
import { settings as router } from '../../apps/router/src/config.ts'
import { settings as sms } from '../../apps/sms/src/config.ts'
import type { SettingsOfApp } from './render-settings.ts'

export const settingsOfApps: readonly SettingsOfApp[] = [
  { app: 'api', settings: api },
  { app: 'router', settings: router },
  { app: 'fanout', settings: fanout },
  { app: 'email', settings: email },
  { app: 'sms', settings: sms },
  { app: 'push', settings: push },
  { app: 'receipts', settings: receipts },
  { app: 'escalation', settings: escalation },
]
