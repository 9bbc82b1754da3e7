import type { Channel, LadderExperiment, LadderStep, Preferences } from '@carillon/contracts'
import type { CategoryDigest, CategoryFacts, TenantFacts } from '@carillon/planning'
import { type Facts, type FactsRequest, factKey, type LadderFacts, type LadderKind, ladderKey } from '@carillon/routing'
import { type Database, onlyRow, runStatement, toColumns } from '../run-statement.ts'
import { COUNT_SENT, LOAD_FACTS } from '../sql/facts.ts'

type PersonTuple = readonly [
  tenantId: string,
  id: string,
  hadMany: boolean,
  isKnown: boolean,
  // Whether there is one: to open every address here would cost the router a fifth of its speed, for nothing.
  email: 'kept' | null,
  phone: 'kept' | null,
  locale: string | null,
  timeZone: string | null,
  preferences: Preferences,
  hasPushToken: boolean | null,
  erasedAt: string | null,
]

type CategoryTuple = readonly [
  tenantId: string,
  code: string,
  mandatoryChannels: readonly Channel[] | null,
  defaultChannels: readonly Channel[] | null,
  ladder: readonly LadderStep[] | null,
  preferences: Preferences | null,
  usefulSeconds: number | null,
  atMostOnce: boolean,
  digest: CategoryDigest | null,
]

type TenantTuple = readonly [
  id: string,
  timeZone: string | null,
  locale: string | null,
  ladder: readonly LadderStep[] | null,
  preferences: Preferences | null,
]

type LadderTuple = readonly [
  kind: LadderKind,
  tenantId: string,
  key: string,
  name: string,
  steps: readonly LadderStep[],
  experiment: LadderExperiment | null,
  otherSteps: readonly LadderStep[] | null,
]

interface FactsRow {
  readonly now: Date
  readonly people: readonly PersonTuple[] | null
  readonly categories: readonly CategoryTuple[] | null
  readonly tenants: readonly TenantTuple[] | null
  readonly ladders: readonly LadderTuple[] | null
  readonly channels: readonly Channel[] | null
}

export async function loadFacts(database: Database, request: FactsRequest): Promise<Facts> {
  const people = [...new Map(request.people.map((one) => [factKey(one.tenantId, one.recipientId), one])).values()]
  const categories = [...new Map(request.categories.map((one) => [factKey(one.tenantId, one.code), one])).values()]
  const ladders = request.ladders ?? []
  const row = onlyRow(
    await runStatement<FactsRow>(database, LOAD_FACTS, [
      people.map((one) => one.tenantId),
      people.map((one) => one.recipientId),
      categories.map((one) => one.tenantId),
      categories.map((one) => one.code),
      [...new Set(request.tenantIds)],
      ladders.map((one) => one.tenantId),
      ladders.map((one) => one.name),
      Math.max(1, request.countedFrom ?? 1),
    ]),
  )
  const sent = await countSent(database, row.people ?? [], request.eventIds)
  return {
    now: row.now,
    people: new Map((row.people ?? []).map((one) => [factKey(one[0], one[1]), toPerson(one, sent.get(one) ?? 0)])),
    categories: new Map((row.categories ?? []).map((one) => [factKey(one[0], one[1]), toCategory(one)])),
    tenants: new Map((row.tenants ?? []).map((one) => [one[0], toTenant(one)])),
    ...(row.ladders && { ladders: new Map(row.ladders.map(toLadder)) }),
    servedChannels: new Set<Channel>(['IN_APP', ...(row.channels ?? [])]),
  }
}

async function countSent(
  database: Database,
  people: readonly PersonTuple[],
  eventIds: readonly string[],
): Promise<ReadonlyMap<PersonTuple, number>> {
  const counted = people.filter(([, , hadMany]) => hadMany)
  if (counted.length === 0) return new Map()
  const columns = toColumns(counted, [([tenantId]) => tenantId, ([, id]) => id])
  const rows = await runStatement<{ sent: number }>(database, COUNT_SENT, [...columns, eventIds])
  return new Map(counted.map((one, index) => [one, rows[index]?.sent ?? 0]))
}

function toPerson(tuple: PersonTuple, sentLastHour: number) {
  const [, id, , isKnown, email, phone, locale, timeZone, preferences, hasPushToken, erasedAt] = tuple
  const erased = erasedAt !== null && { erasedAt: new Date(erasedAt) }
  if (!isKnown) return { id, sentLastHour, ...erased }
  const user = { email, phone, locale, timeZone, preferences, hasPushToken: hasPushToken === true }
  return { id, sentLastHour, user, ...erased }
}

function toCategory(tuple: CategoryTuple): CategoryFacts {
  const [, code, mandatoryChannels, defaultChannels, ladder, preferences, usefulSeconds, atMostOnce, digest] = tuple
  return {
    code,
    mandatoryChannels: mandatoryChannels ?? [],
    defaultChannels: defaultChannels ?? [],
    ladder,
    preferences,
    usefulSeconds,
    atMostOnce,
    ...(digest && { digest }),
  }
}

function toTenant([, timeZone, locale, ladder, preferences]: TenantTuple): TenantFacts {
  return { timeZone, locale, ladder, preferences }
}

/** An experiment whose other ladder is gone sends everybody up the first one. */
function toLadder([kind, tenantId, key, name, steps, experiment, otherSteps]: LadderTuple): [string, LadderFacts] {
  const other = experiment && otherSteps ? { ...experiment, steps: otherSteps } : null
  return [ladderKey(kind, tenantId, key), { name, steps, experiment: other }]
}
