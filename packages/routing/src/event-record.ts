/** A record of an events topic as routing sees it; the app takes it out of Kafka's shapes. */
export interface EventRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestampMs: number
  readonly value: Uint8Array | null
  readonly tenantId: string | undefined
  readonly acceptedAt: string | undefined
  readonly traceparent: string | undefined
}
