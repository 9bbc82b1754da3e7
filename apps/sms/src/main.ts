import { runFleetProcess } from '@carillon/backbone'
import { readConfig } from './config.ts'
import { openSms } from './sms.ts'

await runFleetProcess({ name: 'sms', readConfig, open: openSms })
