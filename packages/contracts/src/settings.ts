import { z } from 'zod'
import { ladderSchema } from './event.ts'
import { localeTag, preferencesSchema, timeOfDay, timeZoneName } from './rest.ts'
import { identifier, lineOfText } from './text.ts'
import { channelSchema } from './words.ts'

const WAIT_SECONDS_MAX = 31_536_000
const WEEK_SECONDS = 604_800

const channels = z
  .array(channelSchema)
  .max(10)
  .transform((given) => [...new Set(given)])

/** One message for what comes in a while, or until a time of day. */
export const digestSchema = z
  .object({
    everySeconds: z.number().int().min(60).max(WEEK_SECONDS).optional(),
    /** On the person's clock, like quiet hours. */
    at: timeOfDay.optional(),
    /** As many are listed in it; all are counted. */
    max: z.number().int().min(2).max(1_000).default(50),
    channels: channels.default(['EMAIL']),
  })
  .superRefine(({ everySeconds, at, channels: collected }, context) => {
    if ((everySeconds === undefined) === (at === undefined))
      context.addIssue({ code: 'custom', message: 'needs either everySeconds or at' })
    if (collected.includes('IN_APP'))
      context.addIssue({ code: 'custom', path: ['channels'], message: 'the inbox shows each message by itself' })
  })

interface NamesLadder {
  readonly ladder?: unknown
  readonly ladderName?: unknown
}

function findTwoLadders({ ladder, ladderName }: NamesLadder, context: z.RefinementCtx): void {
  if ((ladder ?? null) === null || (ladderName ?? null) === null) return
  context.addIssue({ code: 'custom', path: ['ladderName'], message: 'either ladder or ladderName, not both' })
}

export const categorySchema = z
  .object({
    mandatoryChannels: channels.default([]),
    defaultChannels: channels.default([]),
    ladder: ladderSchema.nullable().default(null),
    ladderName: identifier.nullable().default(null),
    preferences: preferencesSchema.nullable().default(null),
    usefulSeconds: z.number().int().min(1).max(WAIT_SECONDS_MAX).nullable().default(null),
    atMostOnce: z.boolean().default(false),
    digest: digestSchema.nullable().default(null),
  })
  .superRefine((category, context) => {
    findTwoLadders(category, context)
    const isBoth = category.digest?.channels.some((channel) => category.mandatoryChannels.includes(channel))
    if (isBoth)
      context.addIssue({
        code: 'custom',
        path: ['digest', 'channels'],
        message: 'a mandatory channel is never held back',
      })
  })
export type CategorySettings = z.infer<typeof categorySchema>

export const storedCategorySchema = z.object({ code: z.string(), ...categorySchema.shape })
export const categoriesAnswerSchema = z.object({ categories: z.array(storedCategorySchema) })
export type StoredCategory = z.infer<typeof storedCategorySchema>

export const ladderExperimentSchema = z.object({
  name: identifier,
  /** The other ladder, by its name. */
  ladder: identifier,
  /** Of the people. */
  percent: z.number().int().min(1).max(99),
})
export type LadderExperiment = z.infer<typeof ladderExperimentSchema>

export const namedLadderSchema = z.object({
  description: lineOfText(256).nullable().default(null),
  steps: ladderSchema,
  experiment: ladderExperimentSchema.nullable().default(null),
})
export type NamedLadder = z.infer<typeof namedLadderSchema>

export const storedLadderSchema = z.object({ name: z.string(), ...namedLadderSchema.shape })
export type StoredLadder = z.infer<typeof storedLadderSchema>
export const laddersAnswerSchema = z.object({ ladders: z.array(storedLadderSchema) })

/** Absent fields stay as they are, null clears them. */
export const tenantSchema = z
  .object({
    name: lineOfText(128).min(1).optional(),
    timeZone: timeZoneName.nullish(),
    locale: localeTag.nullish(),
    ladder: ladderSchema.nullish(),
    ladderName: identifier.nullish(),
    preferences: preferencesSchema.nullish(),
  })
  .superRefine(findTwoLadders)
export type TenantInput = z.infer<typeof tenantSchema>

export const storedTenantSchema = z.object({
  id: z.string(),
  name: z.string(),
  timeZone: z.string().nullable(),
  locale: z.string().nullable(),
  ladder: ladderSchema.nullable(),
  ladderName: z.string().nullable(),
  preferences: preferencesSchema.nullable(),
})
export type StoredTenant = z.infer<typeof storedTenantSchema>

const armSchema = z.object({
  ladder: z.string(),
  notifications: z.number().int(),
  read: z.number().int(),
  acknowledged: z.number().int(),
  /** Of those that were read. */
  medianSecondsToRead: z.number().nullable(),
  /** Deliveries by channel and what became of them. */
  deliveries: z.record(z.string(), z.record(z.string(), z.number().int())),
})
export type ExperimentArm = z.infer<typeof armSchema>

export const experimentAnswerSchema = z.object({
  experiment: z.string(),
  percent: z.number().int().nullable(),
  since: z.iso.datetime({ offset: true }),
  a: armSchema,
  b: armSchema,
})
