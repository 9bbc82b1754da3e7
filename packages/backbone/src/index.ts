export { type Backbone, type BackboneOptions, type ConsumeOptions, openBackbone } from './backbone.ts'
export {
  type BackboneConfig,
  backboneSettings,
  createAddressHash,
  eventIdKeysOf,
  kafkaConnectionOf,
} from './settings.ts'
