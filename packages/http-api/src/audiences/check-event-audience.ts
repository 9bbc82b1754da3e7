import type { NotificationEvent, Problem } from '@carillon/contracts'
import type { AudienceStore } from './audience-ports.ts'

/** What resolving would fail on, said at the door. A topic without subscribers is one, and means nobody. */
export async function findAudienceProblems(
  { findSegment }: Pick<AudienceStore, 'findSegment'>,
  tenantId: string,
  { audience }: Pick<NotificationEvent, 'audience'>,
): Promise<readonly Problem[]> {
  if (audience?.segment === undefined) return []
  const segment = await findSegment(tenantId, audience.segment)
  return segment ? [] : [{ path: 'audience.segment', message: `there is no segment ${audience.segment}` }]
}
