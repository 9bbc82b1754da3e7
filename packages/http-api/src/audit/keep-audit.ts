import { type Access, actorOf, type Caller } from '../auth/caller.ts'
import type { Exchange } from '../exchange.ts'

/** What services do all day is no administration: each event and stop leaves rows of its own. */
const EVERYDAY: ReadonlySet<string> = new Set(['events:write', 'notifications:write', 'devices:write'])

/**
 * A route that changes something for others leaves an entry by itself, so that no new one can be forgotten. A question
 * that needs a body, such as a simulation, changes nothing.
 */
export function isAdministrative(method: string, access: Exclude<Access, 'public'>): boolean {
  return (
    method !== 'get' && access.people === 'scoped' && !access.scope.endsWith(':read') && !EVERYDAY.has(access.scope)
  )
}

/**
 * Answered only when the entry stands: whoever gets an error repeats an act that changes nothing the second time. The
 * body is left out, for it may hold addresses and texts.
 */
export async function keepAudit(
  exchange: Exchange,
  caller: Caller,
  { action, status }: { readonly action: string; readonly status: number },
): Promise<void> {
  const [subject = null] = Object.values(exchange.readParams())
  const detail = { status, requestId: exchange.requestId }
  await exchange.ports.audit.keepAct({ tenantId: caller.tenantId, actor: actorOf(caller), action, subject, detail })
}
