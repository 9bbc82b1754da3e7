import { runFleetProcess } from '@carillon/backbone'
import { readConfig } from './config.ts'
import { openPush } from './push.ts'

await runFleetProcess({ name: 'push', readConfig, open: openPush })
