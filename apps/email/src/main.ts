import { runFleetProcess } from '@carillon/backbone'
import { readConfig } from './config.ts'
import { openEmail } from './email.ts'

await runFleetProcess({ name: 'email', readConfig, open: openEmail })
