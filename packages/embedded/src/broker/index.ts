export type { BrokerEvent, BrokerLimits, BrokerOptions } from './broker-options.ts'
export type { Clock } from './clock.ts'
export { type Broker, type BrokerStats, openBroker, type Recovered } from './open-broker.ts'
