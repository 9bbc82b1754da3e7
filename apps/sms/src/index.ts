export { type SmsConfig, settings } from './config.ts'
export { openSms } from './sms.ts'
