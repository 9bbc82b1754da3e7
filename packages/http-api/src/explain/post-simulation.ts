import { normalizeEvent, type SimulatedPerson, simulatedSchema, simulationSchema } from '@carillon/contracts'
import { explainReason, explainStatus, suggestChange } from '@carillon/planning'
import { type Simulated, simulateEvent } from '@carillon/routing'
import { answerInvalid, answerJson } from '../answer.ts'
import { jsonBody } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'

type Planned = Extract<Simulated, { ok: true }>['planned'][number]

export const postSimulation = defineRoute({
  method: 'post',
  path: '/api/simulate',
  access: { scope: 'events:read', people: 'scoped' },
  summary: 'See what would become of an event, and change nothing',
  description:
    'Planned by the code that plans, with what is stored, or with the time, preferences, category and tenant that are ' +
    'given instead. An event that would be held is shown as it is planned when it is released.',
  body: jsonBody(simulationSchema, {
    example: {
      event: { type: 'ORDER_SHIPPED', message: 'On its way', recipientIds: ['user-1'], channels: ['EMAIL'] },
      at: '2035-01-01T03:00:00Z',
      preferences: { quietHours: { start: '22:00', end: '07:00', timeZone: 'Europe/Berlin' } },
    },
  }),
  answers: { 200: { description: 'What each person would get, and why', schema: simulatedSchema } },
  async handle({ caller: { tenantId }, body: { event: given, ...changes }, exchange }) {
    const normalized = normalizeEvent(given, exchange.settings.now())
    if (!normalized.ok)
      return answerInvalid(normalized.problems.map(({ path, message }) => ({ path: `event.${path}`, message })))
    const simulated = await simulateEvent(tenantId, normalized.event, changes, exchange.ports.explain.simulation)
    if (!simulated.ok) return answerInvalid(simulated.problems)
    const { at, planned, knownIds } = simulated
    const people = planned.map((one) => describePerson(one, knownIds.has(one.recipientId)))
    return answerJson(200, { at: at.toISOString(), people })
  },
})

function describePerson({ recipientId, content, experiment, plan }: Planned, isKnown: boolean): SimulatedPerson {
  const { strategy, priority, stopOn, ladder, expiresAt } = plan.notification
  const { title, message, perChannel } = content
  return {
    recipientId,
    isKnown,
    content: { title, message, perChannel: perChannel && { ...perChannel } },
    strategy,
    priority,
    stopOn,
    ladder: ladder && [...ladder],
    experiment,
    expiresAt: expiresAt.toISOString(),
    deliveries: plan.deliveries.map(({ channel, step, status, scheduledFor, reason }) => ({
      channel,
      step,
      status,
      scheduledFor: scheduledFor?.toISOString() ?? null,
      reason,
      why: reason === null ? explainStatus(status) : explainReason(reason),
      whatWouldChangeIt: reason === null ? null : suggestChange(reason),
    })),
    decisions: plan.decisions.map(({ channel, code, detail }) => ({
      channel,
      code,
      text: explainReason(code),
      ...(detail !== undefined && { detail }),
      whatWouldChangeIt: suggestChange(code),
    })),
  }
}
