import type { NotificationEvent } from './event.ts'
import type { Problem } from './problem.ts'

const UNSUPPORTED: readonly (keyof NotificationEvent)[] = ['sendAt', 'requiresApproval']

/**
 * What this installation understands but cannot do. Both doors ask here, so that nothing is accepted by one and dropped
 * by the other.
 */
export function unsupportedFeatures(event: NotificationEvent): Problem[] {
  return UNSUPPORTED.filter((feature) => Boolean(event[feature])).map((feature) => ({
    path: feature,
    message: `${feature} is not supported yet`,
  }))
}
