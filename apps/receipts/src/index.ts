export { type ReceiptsConfig, settings } from './config.ts'
export { openReceipts } from './receipts.ts'
