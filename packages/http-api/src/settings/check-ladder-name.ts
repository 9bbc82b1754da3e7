import type { Problem } from '@carillon/contracts'
import type { SettingsAdmin } from './settings-ports.ts'

/** A name that nobody saved is said at the door, where somebody still reads it. */
export async function findLadderProblems(
  settings: Pick<SettingsAdmin, 'findLadder'>,
  tenantId: string,
  name: string | null | undefined,
  path = 'ladderName',
): Promise<readonly Problem[]> {
  if (name === null || name === undefined) return []
  const ladder = await settings.findLadder(tenantId, name)
  return ladder ? [] : [{ path, message: `there is no ladder ${name}` }]
}
