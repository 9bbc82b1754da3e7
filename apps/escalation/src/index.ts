export { readConfig } from './config.ts'
export { openEscalation } from './escalation.ts'
