export type { AddressGate } from './address-gate.ts'
export { createBreaker } from './breaker.ts'
export * from './channel.ts'
export {
  type Backoff,
  type DeliveryState,
  decideNextStep,
  type NextStep,
  type RetryPolicy,
} from './decide-next-step.ts'
export { decodeWakeUp } from './decode-wake-up.ts'
export type { LimitedPlace, LimitPolicy, Rate, WorkerLimits } from './delivery-limits.ts'
export * from './delivery-store.ts'
export * from './look-up.ts'
export { createProviderSlots, type TakeProviderSlot } from './provider-slots.ts'
export type { RateLimit, RateLimiter, SlotAnswer, SlotRequest } from './rate-limiter.ts'
export { MAX_RESENDS, retryPolicyOf } from './retry-policies.ts'
export { createSimulatedChannel, type SimulatedMessage } from './simulated-channel.ts'
export * from './stop.ts'
export type { ObservedQuestion } from './unknown-resolver.ts'
export { createDeliveryWorker, type DeliveryWorker } from './worker.ts'
export type { ObservedAttempt, WorkerPolicy, WorkerPorts } from './worker-ports.ts'
