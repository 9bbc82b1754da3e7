export { type EscalationConfig, settings } from './config.ts'
export { openEscalation } from './escalation.ts'
