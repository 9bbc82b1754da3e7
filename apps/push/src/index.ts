export { type PushConfig, settings } from './config.ts'
export { openPush } from './push.ts'
