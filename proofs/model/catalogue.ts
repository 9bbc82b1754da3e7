import type { NotificationEvent } from '@carillon/contracts'
import type { CategoryFacts } from '@carillon/planning'
import type { StoredPerson } from './memory-store/rows.ts'
import { TENANT } from './stores.ts'

/** Few people and few kinds of events, chosen so that their deliveries meet every rule. */

export type EventKind = keyof typeof KINDS

type EventContent = Omit<NotificationEvent, 'id' | 'recipientIds' | 'expiresAt'> & { readonly expiresInMs?: number }

const WORDS = { type: 'ORDER', title: 'Your order', message: 'It left the house.' } as const

export const KINDS = {
  mail: { ...WORDS, notificationPriority: 'MEDIUM', channels: ['IN_APP', 'EMAIL'] },
  alarm: { ...WORDS, notificationPriority: 'CRITICAL', channels: ['EMAIL', 'SMS'] },
  ladder: {
    ...WORDS,
    notificationPriority: 'LOW',
    ladder: [
      { channel: 'IN_APP', afterSeconds: 0 },
      { channel: 'SMS', afterSeconds: 60 },
      { channel: 'EMAIL', afterSeconds: 300 },
    ],
  },
  steps: {
    ...WORDS,
    notificationPriority: 'HIGH',
    deliveryStrategy: 'ESCALATION',
    ladder: [
      { channel: 'EMAIL', afterSeconds: 0 },
      { channel: 'SMS', afterSeconds: 30 },
      { channel: 'EMAIL', afterSeconds: 120 },
    ],
  },
  acknowledged: {
    ...WORDS,
    notificationPriority: 'MEDIUM',
    stopOn: 'ACKNOWLEDGED',
    ladder: [
      { channel: 'SMS', afterSeconds: 0 },
      { channel: 'EMAIL', afterSeconds: 60 },
    ],
  },
  code: { ...WORDS, notificationPriority: 'HIGH', category: 'codes', channels: ['SMS'] },
  short: { ...WORDS, notificationPriority: 'MEDIUM', channels: ['EMAIL', 'SMS'], expiresInMs: 20_000 },
  shortLadder: {
    ...WORDS,
    notificationPriority: 'LOW',
    expiresInMs: 90_000,
    ladder: [
      { channel: 'EMAIL', afterSeconds: 0 },
      { channel: 'SMS', afterSeconds: 60 },
    ],
  },
  named: { ...WORDS, notificationPriority: 'MEDIUM', notificationId: 'order-1', channels: ['EMAIL'] },
} as const satisfies Record<string, EventContent>

export const KIND_NAMES = Object.keys(KINDS) as [EventKind, ...EventKind[]]

export function buildEvent(kind: EventKind, id: string, recipientIds: readonly string[], atMs: number): object {
  const { expiresInMs, ...content }: EventContent = KINDS[kind]
  const expiresAt = expiresInMs === undefined ? {} : { expiresAt: new Date(atMs + expiresInMs).toISOString() }
  return { ...content, id, recipientIds, ...expiresAt }
}

const DETAILS = { tenantId: TENANT, locale: null, timeZone: null, preferences: {} }

export const PEOPLE: readonly StoredPerson[] = [
  { ...DETAILS, id: 'ann', email: 'ann@example.com', phone: '+4915112345678' },
  { ...DETAILS, id: 'bob', email: 'bob@example.com', phone: '+4915187654321' },
]

/** A code that arrives twice is worse than none, and nobody can switch it off. */
export const CODES: CategoryFacts = {
  code: 'codes',
  mandatoryChannels: ['SMS'],
  defaultChannels: [],
  ladder: null,
  preferences: null,
  usefulSeconds: null,
  atMostOnce: true,
}
