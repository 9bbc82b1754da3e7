export * from './fleet/index.ts'
export * from './postgres.ts'
export * from './smtp/index.ts'
export * from './stage/index.ts'
