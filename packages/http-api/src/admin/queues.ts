import {
  cleanAnswerSchema,
  cleanSchema,
  type DeliveryStatus,
  queueStateAnswerSchema,
  queuesAnswerSchema,
  SENT_CHANNELS,
  type SentChannel,
} from '@carillon/contracts'
import { z } from 'zod'
import { type Answer, answerJson, answerNotFound } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { jsonBody } from '../parse-inputs.ts'
import { definePublicRoute, defineRoute } from '../route.ts'

/** As people write it, `email`, or as the rest of the API does, `EMAIL`. */
const channelName = z.string().transform((name, context): SentChannel => {
  const found = SENT_CHANNELS.find((channel) => channel === name.toUpperCase())
  if (found) return found
  context.addIssue({ code: 'custom', message: `must be one of ${SENT_CHANNELS.join(', ')}` })
  return z.NEVER
})
const params = z.object({ channel: channelName })

/** Who needs more than this, such as why a channel stopped, asks its log. */
export const getQueues = definePublicRoute({
  method: 'get',
  path: '/health/queues',
  summary: 'How the queue of every channel fares',
  answers: {
    200: { description: 'Every channel that has a worker', schema: queuesAnswerSchema },
    503: { description: 'A channel stands still until a person acts', schema: queuesAnswerSchema },
  },
  async handle({ ports }) {
    const queues = (await ports.admin.queues.readQueues()).map(({ channel, paused, simulated, stopped, lag }) => ({
      ...{ channel, isHealthy: stopped === null, paused, stopped: stopped !== null, simulated, lag },
    }))
    const isFine = queues.every(({ isHealthy }) => isHealthy)
    return answerJson(isFine ? 200 : 503, { status: isFine ? 'ok' : 'degraded', queues })
  },
})

const access = { scope: 'fleet:write', people: 'scoped' } as const
const answers = {
  200: { description: 'The queue as it is now', schema: queueStateAnswerSchema },
  404: { description: 'This channel never had a worker' },
}

export const pauseQueue = defineRoute({
  method: 'post',
  path: '/api/admin/queues/{channel}/pause',
  access,
  summary: 'Stop sending on a channel, for the whole installation',
  description:
    'Workers follow within a second or two: what they have claimed is sent, everything else waits as it is and may still ' +
    'be stopped. It lasts until somebody resumes, also over a restart.',
  params,
  answers,
  handle: ({ exchange, params: { channel } }) => setPaused(exchange, channel, true),
})

export const resumeQueue = defineRoute({
  method: 'post',
  path: '/api/admin/queues/{channel}/resume',
  access,
  summary: 'Send on a channel again',
  params,
  answers,
  handle: ({ exchange, params: { channel } }) => setPaused(exchange, channel, false),
})

async function setPaused({ ports }: Exchange, channel: SentChannel, paused: boolean): Promise<Answer> {
  const isKnown = await ports.admin.queues.pauseChannel(channel, paused)
  return isKnown ? answerJson(200, { success: true, queue: { channel, paused } }) : answerNotFound('queue')
}

const STATUSES: Readonly<Record<'done' | 'failed', readonly DeliveryStatus[]>> = {
  done: ['SENT', 'DELIVERED', 'CANCELLED', 'SUPPRESSED', 'EXPIRED'],
  failed: ['FAILED'],
}
const DAYS = { done: 7, failed: 30 } as const
const DAY_MS = 86_400_000
const BATCH_ROWS = 500
const CLEAN_MS_MAX = 5_000

export const cleanQueue = defineRoute({
  method: 'post',
  path: '/api/admin/queues/{channel}/clean',
  access: { scope: 'admin:write', people: 'scoped' },
  summary: 'Delete the deliveries of a channel that ended long ago',
  description:
    'Those of this tenant: `done` ones older than 7 days, `failed` ones older than 30, unless `olderThanDays` says ' +
    'otherwise. The fleet does the same by itself. Nobody waits for it; when it takes long, `isComplete` is false.',
  params,
  body: jsonBody<z.infer<typeof cleanSchema>>(cleanSchema, {
    isOptional: true,
    example: { state: 'failed', olderThanDays: 30 },
  }),
  answers: { 200: { description: 'How many went', schema: cleanAnswerSchema } },
  async handle({ caller, params: { channel }, body: { state, olderThanDays = DAYS[state] }, exchange }) {
    const before = new Date(exchange.settings.now().getTime() - olderThanDays * DAY_MS)
    const what = { tenantId: caller.tenantId, channel, statuses: STATUSES[state], before }
    const endsAtMs = performance.now() + CLEAN_MS_MAX
    for (let deletedCount = 0; ; ) {
      const deleted = await exchange.ports.admin.cleaner.cleanChannel(BATCH_ROWS, what)
      deletedCount += deleted
      const isComplete = deleted < BATCH_ROWS
      if (isComplete || performance.now() > endsAtMs)
        return answerJson(200, { success: true, deletedCount, isComplete })
    }
  },
})
