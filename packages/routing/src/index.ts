export * from './routing-store.ts'
