export * from './channel.ts'
export * from './delivery-store.ts'
export * from './stop.ts'
