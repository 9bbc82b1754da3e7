import type { Backbone, FleetTools } from '@carillon/backbone'
import { readEventTime } from '@carillon/contracts'
import type { ApiPorts, Observer } from '@carillon/http-api'
import type { FanoutPolicy } from '@carillon/routing'
import {
  createAudienceStore,
  createAuditStore,
  createCredentialStore,
  createDeviceStore,
  createEventControlStore,
  createHeldEventStore,
  createIdempotencyStore,
  createInboxStore,
  createLadderStore,
  createMailSettingsStore,
  createOutcomeWebhookStore,
  createPrivacyStore,
  createScheduleStore,
  createStatusReader,
  createStopStore,
  createSuppressionStore,
  createTemplateStore,
  createTimerStore,
  createUserStore,
} from '@carillon/store'
import { createAdminPorts } from './create-admin-ports.ts'
import { createExplainPorts } from './create-explain-ports.ts'
import { createTemplatePorts } from './create-template-ports.ts'

interface PortOptions {
  readonly policy: FanoutPolicy
  readonly costs: ApiPorts['admin']['analytics']['costs']
  readonly inboxTtlMs: number
  readonly hashAddress: ApiPorts['suppressions']['hashAddress']
}

/** What the API needs of the world, on Postgres and Kafka. */
export function createPorts(
  backbone: Backbone,
  { policy, costs, inboxTtlMs, hashAddress }: PortOptions,
  tools: FleetTools,
): ApiPorts {
  const { pool, announce, producer, inboxCache } = backbone
  const cache = inboxCache && { texts: inboxCache.texts, ttlMs: inboxTtlMs }
  const readTime = (tenantId: string, eventId: string) => readEventTime(tenantId, eventId, policy.eventIdKeys)
  const stops = createStopStore({ pool, announce, readEventTime: readTime })
  const events = createEventControlStore({ pool, stops })
  const people = createUserStore({ pool })
  return {
    publisher: producer,
    statuses: createStatusReader({ pool, readEventTime: readTime }),
    stops,
    audiences: createAudienceStore({ pool }),
    events,
    held: createHeldEventStore({ pool, events }),
    timers: createTimerStore({ pool }),
    schedules: createScheduleStore({ pool }),
    inbox: createInboxStore({ pool, readEventTime: readTime, ...(cache && { cache }) }),
    admin: createAdminPorts(backbone, costs),
    users: people,
    preferences: people,
    devices: createDeviceStore({ pool }),
    settings: createLadderStore({ pool }),
    explain: createExplainPorts(backbone, readTime, policy),
    templates: createTemplatePorts(createTemplateStore({ pool })),
    outcomeWebhooks: createOutcomeWebhookStore({ pool }),
    audit: createAuditStore({ pool }),
    suppressions: { ...createSuppressionStore({ pool }), hashAddress },
    privacy: createPrivacyStore({ pool, announce }),
    mailSettings: createMailSettingsStore({ pool }),
    credentials: createCredentialStore({ pool }),
    idempotency: createIdempotencyStore({ pool }),
    readiness: backbone,
    observer: createObserver(tools),
  }
}

function createObserver({ log, metrics }: FleetTools): Observer {
  return {
    recordRequest(line) {
      metrics.observeRequest(line)
      if (line.route === '/api/notifications' && line.method === 'POST') metrics.countEvents(outcomeOf(line.status))
      if (line.status >= 500) log.warn(line, 'request.answered')
      else log.info(line, 'request.answered')
    },
    recordFailure(action, requestId, error) {
      log.error({ action, requestId, err: error }, 'request.failed')
    },
    readMetrics: metrics.read,
  }
}

function outcomeOf(status: number): string {
  if (status === 202) return 'accepted'
  return status >= 500 ? 'not_accepted' : 'refused'
}
