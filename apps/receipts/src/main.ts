import { runFleetProcess } from '@carillon/backbone'
import { readConfig } from './config.ts'
import { openReceipts } from './receipts.ts'

await runFleetProcess({ name: 'receipts', readConfig, open: openReceipts })
