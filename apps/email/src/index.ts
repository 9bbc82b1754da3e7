export { checkMailServers } from './check-mail-servers.ts'
export { type EmailConfig, settings } from './config.ts'
export { openEmail } from './email.ts'
