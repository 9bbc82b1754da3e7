// A Kafka broker for one machine. To read how Kafka's protocol works, take this order:
//   wire/schema.ts            how requests and answers are described; wire/record-batch.ts, how records travel
//   protocol/                 the fields of every API, one file a family
//   server/                   frames, connections, and from a request's header to its handler (routes.ts)
//   handlers/routes.ts        everything that is answered; the handlers are beside it
//   log/partition-log.ts      append, sync, read: how a partition lies on disk
//   groups/group.ts           how consumers share partitions
//   topics/, storage/         which topics there are; files that survive a power cut
export type { BrokerEvent, BrokerLimits, BrokerOptions } from './broker-options.ts'
export type { Clock } from './clock.ts'
export { type Broker, type BrokerStats, openBroker, type Recovered } from './open-broker.ts'
