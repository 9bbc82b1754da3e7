import { CHANNELS, type Channel, type LadderStep, type NotificationEvent } from '@carillon/contracts'
import fc from 'fast-check'
import type { CategoryFacts, PlanInput, RecipientFacts, RenderedContent, TenantFacts } from './plan.ts'

const channel = fc.constantFrom(...CHANNELS)
const channels = fc.array(channel, { minLength: 1, maxLength: 10 })
const orNull = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: null })
const code = fc.constantFrom('orders', 'news', 'constructor', '__proto__')

const seconds = fc.oneof(fc.constantFrom(0, 0, 600, 2_400), fc.integer({ min: 0, max: 31_536_000 }))
const ladder: fc.Arbitrary<LadderStep[]> = fc.array(fc.record({ channel, afterSeconds: seconds }), {
  minLength: 1,
  maxLength: 10,
})
/** What a person may have written into the database by hand. */
const storedLadder = fc.oneof({ weight: 3, arbitrary: orNull(ladder) }, { weight: 1, arbitrary: fc.anything() })

const minute = fc.integer({ min: 0, max: 1_439 })
const timeOfDay = minute.map(
  (one) => `${String(Math.floor(one / 60)).padStart(2, '0')}:${String(one % 60).padStart(2, '0')}`,
)
const zoneName = fc.constantFrom(...Intl.supportedValuesOf('timeZone'))
const storedZone = orNull(fc.oneof({ weight: 4, arbitrary: zoneName }, { weight: 1, arbitrary: fc.string() }))

const switches = {
  email: fc.boolean(),
  push: fc.boolean(),
  sms: fc.boolean(),
  inApp: fc.boolean(),
  whatsapp: fc.boolean(),
}
const readablePreferences = fc.record(
  {
    ...switches,
    categories: fc.dictionary(code, fc.record({ ...switches, enabled: fc.boolean() }, { requiredKeys: [] }), {
      maxKeys: 3,
      noNullPrototype: true,
    }),
    quietHours: orNull(
      fc.record(
        { start: fc.oneof(timeOfDay, fc.string()), end: timeOfDay, timeZone: fc.oneof(zoneName, fc.string()) },
        { requiredKeys: ['start', 'end'] },
      ),
    ),
  },
  { requiredKeys: [] },
)
const storedPreferences = fc.oneof(
  { weight: 9, arbitrary: readablePreferences },
  { weight: 1, arbitrary: fc.anything() },
)

const moment = fc.date({ min: new Date('1971-01-01'), max: new Date('2199-01-01'), noInvalidDate: true })

const event = fc.record(
  {
    type: fc.constant('ANY'),
    message: fc.constant('text'),
    notificationPriority: fc.constantFrom('LOW', 'MEDIUM', 'HIGH', 'CRITICAL'),
    deliveryStrategy: fc.constantFrom('BROADCAST', 'ESCALATION'),
    channels,
    ladder,
    stopOn: fc.constantFrom('READ', 'DELIVERED', 'ACKNOWLEDGED'),
    expiresAt: orNull(
      fc.oneof(
        moment.map((at) => at.toISOString()),
        fc.string(),
      ),
    ),
    collapseKey: orNull(fc.string()),
  },
  { requiredKeys: ['type', 'message', 'notificationPriority'] },
)

const user = fc.record({
  email: orNull(fc.constant('ann@example.com')),
  phone: orNull(fc.constant('+4915112345678')),
  locale: orNull(fc.constant('de')),
  timeZone: storedZone,
  preferences: storedPreferences,
  hasPushToken: fc.boolean(),
})

const recipient = fc.record(
  {
    id: fc.string({ minLength: 1 }),
    inline: fc.record(
      { userId: fc.constant('ann'), email: fc.constant('guest@example.com'), phone: fc.constant('+4917000000000') },
      { requiredKeys: [] },
    ),
    user,
    suppressedChannels: fc.uniqueArray(channel, { maxLength: 2 }).map((some) => new Set(some)),
  },
  { requiredKeys: ['id'] },
)

/** One in five cannot be read. */
const digest = fc.record(
  {
    everySeconds: fc.integer({ min: 60, max: 604_800 }),
    at: fc.constantFrom('08:00', '00:00', '23:59', '02:30', '25:99'),
    max: fc.constant(50),
    channels,
  },
  { requiredKeys: ['max', 'channels'] },
)

const category = fc.record({
  code,
  mandatoryChannels: fc.uniqueArray(channel, { maxLength: 2 }),
  defaultChannels: fc.oneof(fc.constant<Channel[]>([]), channels),
  ladder: storedLadder,
  preferences: orNull(storedPreferences),
  usefulSeconds: orNull(fc.integer({ min: 1, max: 1_000_000 })),
  atMostOnce: fc.boolean(),
  digest: fc.option(digest, { freq: 3, nil: null }),
})

const tenant = fc.record({
  timeZone: storedZone,
  locale: orNull(fc.constant('en')),
  ladder: storedLadder,
  preferences: orNull(storedPreferences),
})

const content: fc.Arbitrary<RenderedContent> = fc.record({
  title: fc.constant('Shipped'),
  message: fc.constant('On its way'),
  perChannel: fc.constant(null),
  templateCode: orNull(fc.constant('ORDER_SHIPPED')),
  templateVersion: orNull(fc.constant(2)),
})

/**
 * Anything that planning can be called with: events as `normalizeEvent` lets them through, and rows as a database may
 * hold them, edited by hand. The casts say just that: the columns are typed, their content is not.
 */
export const planInput: fc.Arbitrary<PlanInput> = fc.record({
  event: event as fc.Arbitrary<NotificationEvent>,
  recipient: recipient as fc.Arbitrary<RecipientFacts>,
  category: category as fc.Arbitrary<CategoryFacts>,
  tenant: tenant as fc.Arbitrary<TenantFacts>,
  servedChannels: fc.uniqueArray(channel, { minLength: 2 }).map((some) => new Set(some)),
  content,
  sentLastHour: fc.constantFrom(0, 0, 0, 99, 100, 5_000),
  policy: fc.constant({
    usefulSecondsDefault: 259_200,
    perUserHourlyMax: 100,
    maxAttempts: { EMAIL: 4, SMS: 3, PUSH: 3, WHATSAPP: 3, IN_APP: 1 },
  }),
  now: moment,
})
