import { runFleetProcess } from '@carillon/backbone'
import { readConfig } from './config.ts'
import { openEscalation } from './escalation.ts'

await runFleetProcess({ name: 'escalation', readConfig, open: openEscalation })
