import { runFleetProcess } from '@carillon/backbone'
import { readConfig } from './config.ts'
import { openRouter } from './router.ts'

await runFleetProcess({ name: 'router', readConfig, open: openRouter })
