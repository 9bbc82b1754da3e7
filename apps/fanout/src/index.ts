export { type FanoutConfig, settings } from './config.ts'
export { openFanout } from './fanout.ts'
