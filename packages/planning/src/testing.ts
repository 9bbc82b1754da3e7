import type { NotificationEvent } from '@carillon/contracts'
import type { CategoryFacts, PlanInput, TenantFacts } from './plan.ts'

export { createWallClock } from './wall-clock.fixture.ts'

export type SampleUser = NonNullable<PlanInput['recipient']['user']>

/** What a test says of one plan; everything else is ordinary: all channels served, all addresses known, nothing held. */
export interface SampleChanges {
  readonly event?: Partial<NotificationEvent>
  readonly user?: Partial<SampleUser>
  readonly recipient?: Partial<PlanInput['recipient']>
  readonly category?: Partial<CategoryFacts>
  readonly tenant?: Partial<TenantFacts>
  readonly input?: Partial<PlanInput>
}

export const SAMPLE_NOW = new Date('2026-06-01T12:00:00.000Z')

export function samplePlanInput(changes: SampleChanges = {}): PlanInput {
  return {
    event: { type: 'ORDER_SHIPPED', message: 'On its way', notificationPriority: 'MEDIUM', ...changes.event },
    recipient: { id: 'ann', user: sampleUser(changes.user), ...changes.recipient },
    category: {
      code: 'orders',
      mandatoryChannels: [],
      defaultChannels: [],
      ladder: null,
      preferences: null,
      usefulSeconds: null,
      atMostOnce: false,
      ...changes.category,
    },
    tenant: { timeZone: null, locale: null, ladder: null, preferences: null, ...changes.tenant },
    servedChannels: new Set(['EMAIL', 'SMS', 'PUSH', 'WHATSAPP', 'IN_APP'] as const),
    content: { title: 'Shipped', message: 'On its way', perChannel: null, templateCode: null, templateVersion: null },
    sentLastHour: 0,
    policy: {
      usefulSecondsDefault: 259_200,
      perUserHourlyMax: 100,
      maxAttempts: { EMAIL: 4, SMS: 3, PUSH: 3, WHATSAPP: 3, IN_APP: 1 },
    },
    now: SAMPLE_NOW,
    ...changes.input,
  }
}

function sampleUser(changes: Partial<SampleUser> = {}): SampleUser {
  return {
    email: 'ann@example.com',
    phone: '+4915112345678',
    locale: null,
    timeZone: 'Europe/Berlin',
    preferences: {},
    hasPushToken: true,
    ...changes,
  }
}
