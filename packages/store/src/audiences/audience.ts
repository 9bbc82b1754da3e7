import { type Audience, parseSegmentRule, type SegmentRule } from '@carillon/contracts'
import { namePeople, type ResolvedPeople, type TakenFanout } from '@carillon/routing'
import { toArrayLiteral } from '../array-literal.ts'
import { type Database, onlyRow } from '../run-statement.ts'
import { type Parameter, segmentCondition } from './segment-condition.ts'

/**
 * Who an event is for: the union of those it names, a topic's subscribers, and the people of whom one of its conditions is
 * true. Read behind a cursor in the order of the ids, each source with the same limit, so that a page never repeats or
 * passes over anybody who was there from the beginning, whoever comes and goes meanwhile.
 */

type Sources =
  | { readonly ok: true; readonly sources: readonly string[]; readonly values: unknown[] }
  | Extract<ResolvedPeople, { ok: false }>

/** Not every source names them all, and a parameter needs a type. */
const TYPES = 'WITH p AS (SELECT $1::text, $2::text, $3::int)'

/** Everybody once; the texts of `sources` share the parameters: $1 tenant, $2 cursor, $3 limit. */
export async function resolvePeople(
  database: Database,
  fanout: TakenFanout,
  cursor: string,
  limit: number,
): Promise<ResolvedPeople> {
  const built = buildSources(fanout, cursor, limit)
  if (!built.ok) return built
  const pages = built.sources.map((source) => `(${source} ORDER BY 1 LIMIT $3)`)
  const text = `${TYPES} SELECT id FROM (${pages.join(' UNION ')}) a(id) ORDER BY id LIMIT $3`
  const { rows } = await database.query<{ id: string }>({ text, values: built.values })
  const named = namePeople(fanout.event.event)
  const excluded = new Set(fanout.event.event.excludeIds)
  const people = rows.filter(({ id }) => !excluded.has(id)).map(({ id }) => [id, named.get(id)] as const)
  return { ok: true, people: new Map(people), cursor: rows.at(-1)?.id ?? cursor, isLast: rows.length < limit }
}

/** Zero where nobody can say, because the segment is gone: resolving says so. */
export async function countPeople(database: Database, fanout: TakenFanout): Promise<number> {
  const built = buildSources(fanout, '', 0)
  if (!built.ok) return 0
  const excluded = `$${built.values.push(toArrayLiteral(fanout.event.event.excludeIds ?? []))}`
  const text = `${TYPES} SELECT count(*)::int AS count FROM (${built.sources.join(' UNION ')}) a(id)
WHERE NOT EXISTS (SELECT FROM unnest(${excluded}::text[]) e(id) WHERE e.id = a.id)`
  const { rows } = await database.query<{ count: number }>({ text, values: built.values })
  return onlyRow(rows).count
}

function buildSources({ event, rule }: TakenFanout, cursor: string, limit: number): Sources {
  const values: unknown[] = [event.tenantId, cursor, limit]
  const parameter: Parameter = (value, type) =>
    `$${values.push(Array.isArray(value) ? toArrayLiteral(value) : value)}::${type}`
  const sources: string[] = []
  const named = [...namePeople(event.event).keys()]
  if (named.length > 0) sources.push(`SELECT k.id FROM unnest(${parameter(named, 'text[]')}) k(id) WHERE k.id > $2`)
  const { audience } = event.event
  if (audience?.topic !== undefined)
    sources.push(`SELECT s."userId" FROM "TopicSubscriber" s
      WHERE s."tenantId" = $1 AND s.topic = ${parameter(audience.topic, 'text')} AND s."userId" > $2`)
  const segment = audience?.segment === undefined ? undefined : parseSegmentRule(rule)
  if (segment && !segment.ok) {
    const detail = `there is no segment "${audience?.segment}" that can be read; save it and resume`
    return { ok: false, reason: 'segment_unknown', detail }
  }
  const conditions = audience ? listConditions(audience, segment?.rule, parameter) : []
  if (conditions.length > 0)
    sources.push(`SELECT u.id FROM "User" u WHERE u."tenantId" = $1 AND u.id > $2 AND (${conditions.join(' OR ')})`)
  // Everybody who is named may be excluded.
  if (sources.length === 0) sources.push('SELECT $1 WHERE false')
  return { ok: true, sources, values }
}

function listConditions(
  { everyone, roles, attributes }: Audience,
  segment: SegmentRule | undefined,
  parameter: Parameter,
): string[] {
  if (everyone) return ['true']
  return [
    ...(roles ? [`u.roles && ${parameter(roles, 'text[]')}`] : []),
    ...(attributes ? [`u.attributes @> ${parameter(JSON.stringify(attributes), 'jsonb')}`] : []),
    ...(segment ? [segmentCondition(segment, parameter)] : []),
  ]
}
