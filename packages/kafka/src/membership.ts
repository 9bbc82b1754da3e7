import type { Consumer as KafkaConsumer } from 'kafkajs'
import { createGeneration, findProgress, type Generation } from './generation.ts'
import { readOffset } from './offsets.ts'

/** What the parts of one consumer share. Only `running` hands records over; `closing` and `failed` are never left. */
export interface Membership {
  readonly topic: string
  phase: 'running' | 'paused' | 'closing' | 'failed'
  generation: Generation
  lookedAtMs: number
}

interface GroupHooks {
  /** The group rebalances; until this member has joined again the broker takes commits of the old generation. */
  readonly onRebalance: () => void
  readonly onJoin: () => void
  readonly onProgress: () => void
  readonly onCrash: (error: unknown) => void
}

/** Keeps the generation in step with the group's. */
export function followGroup(consumer: KafkaConsumer, membership: Membership, hooks: GroupHooks): void {
  consumer.on('consumer.rebalancing', hooks.onRebalance)
  consumer.on('consumer.group_join', ({ payload }) => {
    membership.generation = createGeneration(payload.memberAssignment[membership.topic] ?? [])
    membership.lookedAtMs = Date.now()
    hooks.onJoin()
  })
  consumer.on('consumer.crash', ({ payload }) => {
    membership.generation = createGeneration([])
    if (!payload.restart) hooks.onCrash(payload.error)
  })
  // A batch of nothing but transaction markers is not handed over, yet it is progress.
  consumer.on('consumer.start_batch_process', ({ payload }) => {
    if (payload.batchSize > 0) return
    const progress = findProgress(membership.generation, payload.partition)
    progress.finish(progress.begin(readOffset(payload.lastOffset) + 1))
    hooks.onProgress()
  })
}
