export { readConfig } from './config.ts'
export { openRouter } from './router.ts'
