import { z } from 'zod'
import { timeZoneName } from './rest.ts'
import { jsonObject, lineOfText } from './text.ts'

const instant = z.iso.datetime({ offset: true })

export const scheduleSchema = z.object({
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  cron: lineOfText(100),
  timeZone: timeZoneName.default('UTC'),
  event: jsonObject,
  /** After a time without a clock: the last of the missed runs is made up for, or none is. */
  onMissed: z.enum(['run_last', 'skip']).default('run_last'),
  paused: z.boolean().default(false),
})
export type ScheduleInput = z.infer<typeof scheduleSchema>

export const scheduleAnswerSchema = scheduleSchema.required().extend({
  id: z.string(),
  /** Null while it is paused, or when its pattern never comes again. */
  nextRunAt: instant.nullable(),
  lastRunAt: instant.nullable(),
  lastEventId: z.string().nullable(),
  missedRuns: z.number().int(),
  lastMissedAt: instant.nullable(),
})
export type ScheduleAnswer = z.infer<typeof scheduleAnswerSchema>

export const schedulesAnswerSchema = z.object({ schedules: z.array(scheduleAnswerSchema) })
