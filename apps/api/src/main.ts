import { runFleetProcess } from '@carillon/backbone'
import { openApi } from './api.ts'
import { readConfig } from './config.ts'

await runFleetProcess({ name: 'api', readConfig, open: openApi, servesHealth: true })
