export { type ApiApp, openApi } from './api.ts'
export { type ApiConfig, settings } from './config.ts'
