import type { EventStatus, FanoutStatus } from '@carillon/contracts'
import type { ApiPorts } from '../ports.ts'

export function createMemoryEventControl(
  events: Map<string, EventStatus & { readonly tenantId: string }>,
): ApiPorts['events'] {
  const move = (tenantId: string, id: string, from: readonly FanoutStatus[], to: FanoutStatus) => {
    const event = events.get(id)
    if (event?.tenantId !== tenantId) return undefined
    const fanout = event.fanout && from.includes(event.fanout.status) ? { ...event.fanout, status: to } : event.fanout
    events.set(id, { ...event, fanout })
    return { state: event.state, fanout: fanout?.status ?? null }
  }
  return {
    pauseEvent: async (tenantId, id) => move(tenantId, id, ['PROCESSING'], 'PAUSED'),
    resumeEvent: async (tenantId, id) => move(tenantId, id, ['PAUSED', 'FAILED'], 'PROCESSING'),
    async cancelEvent(tenantId, id, queuedSince) {
      const isQueued = queuedSince !== undefined && !events.has(id)
      const moved = isQueued ? { fanout: null } : move(tenantId, id, ['PROCESSING', 'PAUSED', 'FAILED'], 'CANCELLED')
      return moved && { ...moved, state: 'CANCELLED', cancelled: 0, possibly_sent: 0, too_late: 0 }
    },
  }
}
