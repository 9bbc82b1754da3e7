import { type ChannelRecord, channelTopic } from '@carillon/contracts'
import type { DispatchPart, PublishedDispatch, Question, WakeUp } from './routing-store.ts'

/** What a wake-up is published with; a Kafka producer with acks=all fits. Answers in the order of the records. */
export interface WakeUpPublisher {
  publishMany(
    records: readonly { readonly topic: string; readonly key: string; readonly value: string }[],
  ): Promise<readonly { readonly partition: number; readonly offset: number }[]>
}

/**
 * Publishes wake-ups and says what their dispatches must remember: a dispatch whose publish was never acknowledged has
 * no offset, and the clock publishes it again.
 */
export async function publishWakeUps(
  wakeUps: readonly WakeUp[],
  publisher: WakeUpPublisher,
): Promise<readonly PublishedDispatch[]> {
  if (wakeUps.length === 0) return []
  const published = await publisher.publishMany(wakeUps.map(toRecord))
  const dispatches = new Map<string, Map<number, { lastOffset: number; ids: string[] }>>()
  for (const [index, wakeUp] of wakeUps.entries()) {
    const at = published[index]
    if (!at) throw new Error(`publish wake-ups: ${published.length} answers for ${wakeUps.length} records`)
    const parts = dispatches.get(wakeUp.dispatchId) ?? new Map()
    dispatches.set(wakeUp.dispatchId, parts)
    const part = parts.get(at.partition) ?? { lastOffset: at.offset, ids: [] }
    parts.set(at.partition, part)
    part.lastOffset = Math.max(part.lastOffset, at.offset)
    part.ids.push(wakeUp.deliveryId)
  }
  return [...dispatches].map(([id, parts]) => ({ id, parts: [...parts].map(toPart) }))
}

/** Wakes the channels' processes for rows that are looked at again in any case. */
export async function publishQuestions(questions: readonly Question[], publisher: WakeUpPublisher): Promise<void> {
  await publisher.publishMany(questions.map(toRecord))
}

function toRecord(wakeUp: Question) {
  const { tenantId, notificationId, deliveryId } = wakeUp
  const value: ChannelRecord = { tenantId, notificationId, deliveryId }
  return { topic: channelTopic(wakeUp.channel, wakeUp.lane), key: wakeUp.recipientId, value: JSON.stringify(value) }
}

function toPart([partition, part]: readonly [number, { lastOffset: number; ids: string[] }]): DispatchPart {
  return { partition, ...part }
}
