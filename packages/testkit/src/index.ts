export * from './postgres.ts'
export * from './smtp/index.ts'
