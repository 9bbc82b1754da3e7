import { z } from 'zod'
import { identifier, jsonObject } from './text.ts'

const instant = z.iso.datetime({
  offset: true,
  error: 'must be a date and time with a zone, like 2026-12-01T09:00:00Z',
})
const AFTER_SECONDS_MAX = 31_536_000

export const timerSchema = z
  .object({
    key: identifier,
    dueAt: instant.optional(),
    afterSeconds: z.number().min(0).max(AFTER_SECONDS_MAX).optional(),
    /** notify publishes `event`; emit tells `timer.expired` on notification.outcomes, with `data`. */
    onDue: z.enum(['notify', 'emit']).default('emit'),
    event: jsonObject.optional(),
    data: jsonObject.optional(),
  })
  .refine((timer) => (timer.dueAt === undefined) !== (timer.afterSeconds === undefined), {
    path: ['dueAt'],
    error: 'either dueAt or afterSeconds is needed',
  })
  .refine((timer) => (timer.onDue === 'notify') === (timer.event !== undefined), {
    path: ['event'],
    error: 'an event is needed with onDue notify, and only there',
  })
  .refine((timer) => timer.onDue === 'emit' || timer.data === undefined, {
    path: ['data'],
    error: 'data is told with onDue emit only',
  })
export type TimerInput = z.infer<typeof timerSchema>

export const timerStateSchema = z.enum(['WAITING', 'EXPIRED', 'CANCELLED', 'ACKNOWLEDGED'])
export type TimerState = z.infer<typeof timerStateSchema>

export const timerAnswerSchema = z.object({
  id: z.string(),
  key: z.string(),
  state: timerStateSchema,
  onDue: z.enum(['notify', 'emit']),
  dueAt: instant,
  /** When it went off, was cancelled or was acknowledged. */
  endedAt: instant.nullable(),
  createdAt: instant,
})
export type TimerAnswer = z.infer<typeof timerAnswerSchema>

export const timersAnswerSchema = z.object({ timers: z.array(timerAnswerSchema) })

/** `ended` when this call ended it; `too_late` when it had gone off or ended before. */
export const endedTimerAnswerSchema = z.object({
  success: z.literal(true),
  answer: z.enum(['ended', 'too_late']),
  timer: timerAnswerSchema,
})
