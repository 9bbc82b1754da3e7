export { type Clock, type ClockPolicy, type ClockPorts, type ObservedWork, startClock } from './clock.ts'
export * from './clock-store.ts'
export type { PartitionPosition } from './decide-lost.ts'
export { type DecodedRead, decodeRead } from './decode-read.ts'
