import type { KafkaLog } from './log.ts'

export interface KafkaConnection {
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: string
  }
  readonly ssl?:
    | boolean
    | {
        readonly ca?: string
        readonly cert?: string
        readonly key?: string
        readonly servername?: string
        readonly rejectUnauthorized?: boolean
      }
}

export interface KafkaAccess {
  readonly connection: KafkaConnection
  readonly log: KafkaLog
}
