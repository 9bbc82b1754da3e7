import type { SegmentRule } from '@carillon/contracts'

/** Who can be meant by a name: the subscribers of a topic, the people of a segment. */
export interface AudienceStore {
  /** How many were new, and how many there are now. */
  addSubscribers(tenantId: string, topic: string, userIds: readonly string[]): Promise<SubscribersChanged>
  removeSubscribers(tenantId: string, topic: string, userIds: readonly string[]): Promise<SubscribersChanged>
  /** In the order of their ids, behind `after`. */
  listSubscribers(tenantId: string, topic: string, page: SubscriberPage): Promise<readonly string[]>
  saveSegment(tenantId: string, segment: SegmentToSave): Promise<StoredSegment>
  findSegment(tenantId: string, code: string): Promise<StoredSegment | undefined>
  listSegments(tenantId: string): Promise<readonly StoredSegment[]>
  removeSegment(tenantId: string, code: string): Promise<boolean>
  /** How many people the rule means now. */
  countPeople(tenantId: string, rule: SegmentRule): Promise<number>
}

export interface SubscriberPage {
  readonly after: string
  readonly limit: number
  readonly only?: string
}

export interface SubscribersChanged {
  readonly changed: number
  readonly subscribers: number
}

export interface SegmentToSave {
  readonly code: string
  readonly name: string | null
  readonly rule: SegmentRule
}

export interface StoredSegment extends SegmentToSave {
  readonly updatedAt: Date
}
