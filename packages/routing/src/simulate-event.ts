import { type NotificationEvent, type Problem, SIMULATED_PEOPLE_MAX, type Simulation } from '@carillon/contracts'
import type { CategoryFacts } from '@carillon/planning'
import type { TemplateCatalogue } from '@carillon/templates'
import { ladderKey } from './choose-ladders.ts'
import { fingerprintEvent } from './decode-event.ts'
import type { FanoutPolicy } from './fanout/run-fanout.ts'
import { nameLadders } from './name-ladders.ts'
import { findLadderProblems, namePeople, planPeople } from './plan-events.ts'
import { nameTemplates, renderContent } from './render-content.ts'
import { type Facts, type FactsRequest, factKey, type NotificationToSave } from './routing-store.ts'

export interface SimulationPorts {
  loadFacts(request: FactsRequest): Promise<Facts>
  readonly templates: TemplateCatalogue
  readonly policy: FanoutPolicy
}

export type Simulated =
  | {
      readonly ok: true
      readonly at: Date
      readonly knownIds: ReadonlySet<string>
      readonly planned: readonly NotificationToSave[]
    }
  | { readonly ok: false; readonly problems: readonly Problem[] }

export type SimulationChanges = Omit<Simulation, 'event'>

/** What planning would do, by the very code that does it, with what is stored or what is given instead; it saves nothing. */
export async function simulateEvent(
  tenantId: string,
  event: NotificationEvent,
  changes: SimulationChanges,
  ports: SimulationPorts,
): Promise<Simulated> {
  const people = namePeople(event)
  const ofPeople = findPeopleProblems(event, people.size)
  if (ofPeople.length > 0) return { ok: false, problems: ofPeople }
  const named = { tenantId, event }
  const [stored, templates] = await Promise.all([
    ports.loadFacts(requestFacts(tenantId, event, changes, [...people.keys()])),
    ports.templates.findTemplates(nameTemplates([named])),
  ])
  const { facts, problems } = changeFacts(stored, tenantId, event, changes, [...people.keys()])
  const content = renderContent(tenantId, event, templates)
  const all = [...(content.ok ? [] : content.problems), ...findLadderProblems(named, facts), ...problems]
  if (!content.ok || all.length > 0) return { ok: false, problems: all }
  const decoded = {
    tenantId,
    id: 'simulated',
    event,
    fingerprint: fingerprintEvent(event),
    acceptedAt: facts.now,
    traceparent: null,
  }
  const planned = planPeople(decoded, people, content, facts, ports.policy)
  const knownIds = new Set([...people.keys()].filter((id) => stored.people.get(factKey(tenantId, id))?.user))
  return { ok: true, at: facts.now, knownIds, planned }
}

function findPeopleProblems({ audience }: NotificationEvent, count: number): Problem[] {
  if (audience) return [{ path: 'event.audience', message: 'a simulation is for people that the event names' }]
  if (count <= SIMULATED_PEOPLE_MAX) return []
  return [{ path: 'event.recipientIds', message: `at most ${SIMULATED_PEOPLE_MAX} people in a simulation` }]
}

function requestFacts(
  tenantId: string,
  event: NotificationEvent,
  { category, tenant }: SimulationChanges,
  recipientIds: readonly string[],
): FactsRequest {
  const given = [category?.ladderName, tenant?.ladderName].flatMap((name) => (name ? [{ tenantId, name }] : []))
  return {
    people: recipientIds.map((recipientId) => ({ tenantId, recipientId })),
    categories: event.category ? [{ tenantId, code: event.category }] : [],
    tenantIds: [tenantId],
    eventIds: [],
    ladders: [...nameLadders([{ tenantId, event }]), ...given],
  }
}

function changeFacts(
  stored: Facts,
  tenantId: string,
  event: NotificationEvent,
  changes: SimulationChanges,
  recipientIds: readonly string[],
): { readonly facts: Facts; readonly problems: readonly Problem[] } {
  const { at, category, tenant, servedChannels } = changes
  const code = event.category ?? 'general'
  const ladders = new Map(stored.ladders)
  const problems = [
    ...changeLadder(ladders, 'category', tenantId, code, category),
    ...changeLadder(ladders, 'tenant', tenantId, '', tenant),
  ]
  const categories = new Map(stored.categories)
  if (category) categories.set(factKey(tenantId, event.category ?? ''), toCategoryFacts(code, category))
  const tenants = new Map(stored.tenants)
  const plain = { timeZone: null, locale: null, ladder: null, preferences: null }
  const { timeZone, locale, ladder, preferences } = { ...(tenants.get(tenantId) ?? plain), ...definedOf(tenant) }
  if (tenant) tenants.set(tenantId, { timeZone, locale, ladder, preferences })
  return {
    facts: {
      now: at === undefined ? stored.now : new Date(at),
      people: changePeople(stored, tenantId, changes, recipientIds),
      categories,
      tenants,
      ladders,
      servedChannels: servedChannels ? new Set(['IN_APP', ...servedChannels]) : stored.servedChannels,
    },
    problems,
  }
}

function definedOf<Fields extends object>(fields: Fields | undefined) {
  const given = Object.entries(fields ?? {}).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given)
}

type NamesLadder = { readonly ladder?: unknown; readonly ladderName?: string | null | undefined } | undefined

/** Other settings than the stored ones bring their own ladder, or none. */
function changeLadder(
  ladders: Map<string, NonNullable<ReturnType<NonNullable<Facts['ladders']>['get']>>>,
  kind: 'category' | 'tenant',
  tenantId: string,
  key: string,
  given: NamesLadder,
): readonly Problem[] {
  if (!given || (kind === 'tenant' && given.ladder === undefined && given.ladderName === undefined)) return []
  ladders.delete(ladderKey(kind, tenantId, key))
  const name = given.ladderName ?? undefined
  if (name === undefined) return []
  const ladder = ladders.get(ladderKey('event', tenantId, name))
  if (!ladder) return [{ path: `${kind}.ladderName`, message: `there is no ladder ${name}` }]
  ladders.set(ladderKey(kind, tenantId, key), ladder)
  return []
}

function toCategoryFacts(code: string, category: NonNullable<SimulationChanges['category']>): CategoryFacts {
  const { mandatoryChannels, defaultChannels, ladder, preferences, usefulSeconds, atMostOnce, digest } = category
  return { code, mandatoryChannels, defaultChannels, ladder, preferences, usefulSeconds, atMostOnce, digest }
}

function changePeople(
  stored: Facts,
  tenantId: string,
  { preferences, sentLastHour }: SimulationChanges,
  recipientIds: readonly string[],
): Facts['people'] {
  if (preferences === undefined && sentLastHour === undefined) return stored.people
  const nobody = { email: null, phone: null, locale: null, timeZone: null, preferences: {}, hasPushToken: false }
  return new Map(
    recipientIds.map((id) => {
      const person = stored.people.get(factKey(tenantId, id)) ?? { id, sentLastHour: 0 }
      const user = preferences ? { ...(person.user ?? nobody), preferences } : person.user
      return [
        factKey(tenantId, id),
        { ...person, sentLastHour: sentLastHour ?? person.sentLastHour, ...(user && { user }) },
      ]
    }),
  )
}
