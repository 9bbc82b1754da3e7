export { type Backbone, type BackboneOptions, type ConsumeOptions, openBackbone } from './backbone.ts'
export { type ChannelWorkerOptions, openChannelWorker } from './channel-worker.ts'
export { checkGate } from './check-gate.ts'
export { CACHES_INBOXES } from './inbox-cache.ts'
export { planningPolicyOf, planningSettings } from './planning-settings.ts'
export { openProviderSlots } from './provider-slots.ts'
export { type FleetApp, type FleetTools, runFleetProcess } from './run-fleet-process.ts'
export {
  type BackboneConfig,
  backboneSettings,
  createAddressHash,
  dataKeysOf,
  eventIdKeysOf,
  firstLookMsOf,
  kafkaConnectionOf,
  type SendingConfig,
  sendingSettings,
  unsubscribeKeysOf,
  watchSettings,
} from './settings.ts'
export { openSharedMemory } from './shared-memory.ts'
