export { type RouterConfig, settings } from './config.ts'
export { openRouter } from './router.ts'
