import { z } from 'zod'
import { type Answer, answerJson } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { definePublicRoute } from './route.ts'

const checksSchema = z.object({
  status: z.enum(['ok', 'unavailable']),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean() })),
})

export const getAlive = definePublicRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Is the process alive',
  answers: { 200: { description: 'It is', schema: z.object({ status: z.literal('ok') }) } },
  handle: async () => answerJson(200, { status: 'ok' }),
})

const readinessAnswers = {
  200: { description: 'Everything that it needs is there', schema: checksSchema },
  503: { description: 'Something that it needs is away', schema: checksSchema },
}

export const getReady = definePublicRoute({
  method: 'get',
  path: '/readyz',
  summary: 'Can the process work',
  answers: readinessAnswers,
  handle: answerReadiness,
})

export const getHealth = definePublicRoute({
  method: 'get',
  path: '/health',
  summary: 'Can the process work, for people',
  answers: readinessAnswers,
  handle: answerReadiness,
})

/** Public, so it names what is away but not why: that may hold hosts and users, and is in the log. */
async function answerReadiness({ ports }: Exchange): Promise<Answer> {
  const checks = await ports.readiness.checkReadiness()
  const isReady = checks.every((check) => check.ok)
  return answerJson(isReady ? 200 : 503, {
    status: isReady ? 'ok' : 'unavailable',
    checks: checks.map(({ name, ok }) => ({ name, ok })),
  })
}

export const getMetrics = definePublicRoute({
  method: 'get',
  path: '/metrics',
  summary: 'Figures for Prometheus',
  answers: { 200: { description: 'Figures in the Prometheus text format', contentType: 'text/plain' } },
  async handle({ ports }) {
    const { contentType, body } = await ports.observer.readMetrics()
    return { kind: 'text', status: 200, contentType, text: body }
  },
})
