import { eventSchema, type NotificationEvent, type Problem } from '@carillon/contracts'
import { z } from 'zod'
import { findAudienceProblems } from '../audiences/check-event-audience.ts'
import type { ApiPorts } from '../ports.ts'
import { findLadderProblems } from '../settings/check-ladder-name.ts'
import { findTemplateProblems } from '../templates/check-event-template.ts'

export type NamesOfEvent = Pick<NotificationEvent, 'templateCode' | 'variables' | 'ladderName' | 'audience'>

const { templateCode, variables, ladderName, audience } = eventSchema.shape
const namesSchema = z.object({
  templateCode: templateCode.catch(undefined),
  variables: variables.catch(undefined),
  ladderName: ladderName.catch(undefined),
  audience: audience.catch(undefined),
})

/** What can be looked up of an event that is wrong in other ways, so that one answer lists every problem. */
export function readNames(body: unknown): NamesOfEvent {
  return namesSchema.safeParse(body).data ?? {}
}

/** Whether there is anything to look up. */
export function namesSomething({ templateCode, ladderName, audience }: NamesOfEvent): boolean {
  return templateCode !== undefined || ladderName !== undefined || audience !== undefined
}

/** Names that nobody saved, and templates that are not filled: planning would refuse them where nobody reads it. */
export async function findUnknownNames(
  { templates, settings, audiences }: Pick<ApiPorts, 'templates' | 'settings' | 'audiences'>,
  tenantId: string,
  event: NamesOfEvent,
): Promise<readonly Problem[]> {
  const problems = await Promise.all([
    findTemplateProblems(templates, tenantId, event),
    findLadderProblems(settings, tenantId, event.ladderName),
    findAudienceProblems(audiences, tenantId, event),
  ])
  return problems.flat()
}
