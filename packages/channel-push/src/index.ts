export { composeNote } from './compose-note.ts'
export type { FcmOptions } from './fcm/fcm-client.ts'
export type {
  PushChannel,
  PushChannelOptions,
  PushLog,
  PushPolicy,
  VerifyResult,
} from './push-channel.ts'
export { createPushChannel } from './push-channel.ts'
export type { PushReason } from './reasons.ts'
export { pushReasons } from './reasons.ts'
export type { WebPushOptions } from './web-push/web-push-client.ts'
