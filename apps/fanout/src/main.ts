import { runFleetProcess } from '@carillon/backbone'
import { readConfig } from './config.ts'
import { openFanout } from './fanout.ts'

await runFleetProcess({ name: 'fanout', readConfig, open: openFanout })
