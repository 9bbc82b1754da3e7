export { readConfig } from './config.ts'
export { openEmail } from './email.ts'
