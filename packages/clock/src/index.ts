export * from './clock-store.ts'
