import { createHash } from 'node:crypto'
import type { LadderStep, NotificationEvent } from '@carillon/contracts'
import type { CategoryFacts, Decision, LadderNames, TenantFacts } from '@carillon/planning'

/** A saved ladder, and the other one that a share of the people climbs. */
export interface LadderFacts {
  readonly name: string
  readonly steps: readonly LadderStep[]
  readonly experiment: {
    readonly name: string
    readonly percent: number
    readonly ladder: string
    readonly steps: readonly LadderStep[]
  } | null
}

export type LadderKind = 'event' | 'category' | 'tenant'
/** Keyed by `ladderKey`; a name that nobody saved is absent. */
export type SavedLadders = ReadonlyMap<string, LadderFacts>

/** `key` is the name for an event, the code for a category, nothing for a tenant. */
export function ladderKey(kind: LadderKind, tenantId: string, key: string): string {
  return JSON.stringify([kind, tenantId, key])
}

const NO_NAMES: LadderNames = {}
const NO_EXPERIMENTS: ChosenLadders['experiments'] = new Map()

interface WithLadders {
  readonly event: NotificationEvent
  readonly category: CategoryFacts
  readonly tenant: TenantFacts
}

export interface ChosenLadders extends WithLadders {
  readonly ladderNames: LadderNames
  /** By the decision that says the ladder was climbed: which experiment, and on which side. */
  readonly experiments: ReadonlyMap<Decision['code'], string>
}

/** Puts the steps of saved ladders where their names stand, each person's own side of an experiment. */
export function chooseLadders(
  given: WithLadders,
  saved: SavedLadders,
  tenantId: string,
  recipientId: string,
): ChosenLadders {
  const { event, category, tenant } = given
  if (saved.size === 0) return { event, category, tenant, ladderNames: NO_NAMES, experiments: NO_EXPERIMENTS }
  const choose = (kind: LadderKind, key: string) =>
    chooseSide(saved.get(ladderKey(kind, tenantId, key)), tenantId, recipientId)
  const ofEvent = event.ladderName === undefined ? undefined : choose('event', event.ladderName)
  const ofCategory = choose('category', category.code)
  const ofTenant = choose('tenant', '')
  const chosen = [
    ['ladder_of_event', ofEvent],
    ['ladder_of_category', ofCategory],
    ['ladder_of_tenant', ofTenant],
  ] as const
  return {
    event: ofEvent ? { ...event, ladder: [...ofEvent.steps] } : event,
    category: ofCategory ? { ...category, ladder: ofCategory.steps } : category,
    tenant: ofTenant ? { ...tenant, ladder: ofTenant.steps } : tenant,
    ladderNames: Object.fromEntries(chosen.flatMap(([code, one]) => (one ? [[code, one.detail]] : []))),
    experiments: new Map(chosen.flatMap(([code, one]) => (one?.side ? [[code, one.side]] : []))),
  }
}

/** The side that the plan was really made with; none where the message climbed no ladder, or another one. */
export function findExperiment({ experiments }: ChosenLadders, decisions: readonly Decision[]): string | null {
  if (experiments.size === 0) return null
  for (const { code } of decisions) {
    const side = experiments.get(code)
    if (side !== undefined) return side
  }
  return null
}

interface Side {
  readonly steps: readonly LadderStep[]
  readonly detail: string
  readonly side?: string
}

function chooseSide(ladder: LadderFacts | undefined, tenantId: string, recipientId: string): Side | undefined {
  if (!ladder) return undefined
  const { name, steps, experiment } = ladder
  if (!experiment) return { steps, detail: name }
  const isOther = readPercentile(tenantId, experiment.name, recipientId) < experiment.percent
  const side = `${experiment.name}:${isOther ? 'b' : 'a'}`
  return isOther
    ? { steps: experiment.steps, detail: `${experiment.ladder}, side b of the experiment ${experiment.name}`, side }
    : { steps, detail: `${name}, side a of the experiment ${experiment.name}`, side }
}

/** From 0 to 100, by ids alone: a person stays on one side, whatever comes, and another experiment mixes anew. */
function readPercentile(tenantId: string, experiment: string, recipientId: string): number {
  const hash = createHash('sha256')
    .update(JSON.stringify([tenantId, experiment, recipientId]))
    .digest()
  return (hash.readUInt32BE(0) / 0x1_0000_0000) * 100
}
