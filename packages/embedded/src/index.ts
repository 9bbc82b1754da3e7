export * from './broker/index.ts'
export { lockDirectory } from './broker/storage/lock-directory.ts'
export * from './postgres/index.ts'
