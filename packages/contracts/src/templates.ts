import { z } from 'zod'
import { identifier, lineOfText, text } from './text.ts'
import type { Channel } from './words.ts'

const LINE_LENGTH_MAX = 2_000
const SOURCE_LENGTH_MAX = 65_536
const SHORT_LENGTH_MAX = 4_000
const VARIABLES_MAX = 100
const LOCALES_MAX = 50
const SEGMENTS_MAX = 10

const line = lineOfText(LINE_LENGTH_MAX).min(1)
const source = text(SOURCE_LENGTH_MAX).min(1)
const shortSource = text(SHORT_LENGTH_MAX).min(1)

/** `order.total` is the part `total` of the variable `order`. */
const variableName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*){0,4}$/, 'must be a name, like order or order.total')

/** What a template may use. Without a fallback, an event that does not give it is refused. */
export const templateVariableSchema = z.object({
  name: variableName,
  fallback: text(1_000).optional(),
  /** What a preview shows. */
  sample: z.unknown().optional(),
})

/** Channels without a text of their own get the title and the message. */
export const templateTextsSchema = z.object({
  title: line.optional(),
  message: source.optional(),
  email: z.object({ subject: line.optional(), html: source.optional(), text: source.optional() }).optional(),
  sms: z.object({ text: shortSource, segmentsMax: z.number().int().min(1).max(SEGMENTS_MAX).optional() }).optional(),
  push: z.object({ title: line.optional(), body: shortSource.optional() }).optional(),
  whatsapp: z.object({ title: line.optional(), text: shortSource.optional() }).optional(),
})
export type TemplateTexts = z.infer<typeof templateTextsSchema>

function spellLocale(tag: string): string | undefined {
  try {
    return Intl.getCanonicalLocales(tag)[0]
  } catch {
    return undefined
  }
}

const localeName = lineOfText(35).superRefine((tag, context) => {
  const spelled = spellLocale(tag)
  if (spelled === undefined) context.addIssue({ code: 'custom', message: 'must be a language tag, like de-AT' })
  else if (spelled !== tag) context.addIssue({ code: 'custom', message: `must be written ${spelled}` })
})

export const templateDefinitionSchema = z
  .object({
    description: lineOfText(256).optional(),
    /** For everybody whose language has no text here. */
    defaultLocale: localeName.default('en'),
    variables: z.array(templateVariableSchema).max(VARIABLES_MAX).default([]),
    locales: z
      .record(localeName, templateTextsSchema)
      .refine((locales) => Object.keys(locales).length <= LOCALES_MAX, `at most ${LOCALES_MAX} locales`),
  })
  .superRefine(({ defaultLocale, variables, locales }, context) => {
    const texts = Object.hasOwn(locales, defaultLocale) ? locales[defaultLocale] : undefined
    for (const part of ['title', 'message'] as const) {
      if (texts?.[part] !== undefined) continue
      const message = 'is needed in the default locale: everybody whose language has no text gets it'
      context.addIssue({ code: 'custom', path: ['locales', defaultLocale, part], message })
    }
    for (const [index, { name }] of variables.entries()) {
      if (variables.findIndex((one) => one.name === name) === index) continue
      context.addIssue({ code: 'custom', path: ['variables', index, 'name'], message: 'is declared twice' })
    }
  })
export type TemplateDefinition = z.infer<typeof templateDefinitionSchema>

/** What one channel gets of a rendered template, frozen on the notification. */
export interface ChannelText {
  /** The subject, for EMAIL; empty where the text stands alone. */
  readonly title?: string
  readonly text?: string
  readonly html?: string
  /** How many segments the text is worth, for SMS. */
  readonly segmentsMax?: number
}
export type ChannelTexts = Readonly<Partial<Record<Channel, ChannelText>>>

const instant = z.iso.datetime({ offset: true })

const templateOriginSchema = z.enum(['own', 'shipped'])

export const templateSummarySchema = z.object({
  code: z.string(),
  /** The one that is sent; 0 is the shipped one. */
  version: z.number().int(),
  origin: templateOriginSchema,
  description: z.string().nullable(),
  locales: z.array(z.string()),
  updatedAt: instant.nullable(),
})
export type TemplateSummary = z.infer<typeof templateSummarySchema>

export const templatesAnswerSchema = z.object({ templates: z.array(templateSummarySchema) })

export const templateAnswerSchema = z.object({
  code: z.string(),
  version: z.number().int(),
  origin: templateOriginSchema,
  /** The version that is sent; null while none is published. */
  liveVersion: z.number().int().nullable(),
  definition: z.record(z.string(), z.unknown()),
})

export const templateVersionsAnswerSchema = z.object({
  code: z.string(),
  liveVersion: z.number().int().nullable(),
  versions: z.array(z.object({ version: z.number().int(), note: z.string().nullable(), createdAt: instant })),
})

export const saveTemplateSchema = z.object({
  definition: templateDefinitionSchema,
  note: lineOfText(256).optional(),
  /** false keeps it for a later publish; what is sent stays what it is. */
  publish: z.boolean().default(true),
})

export const publishTemplateSchema = z.object({ version: z.number().int().min(1) })

export const previewTemplateSchema = z.object({
  /** Not saved yet; takes the place of the stored one. */
  definition: templateDefinitionSchema.optional(),
  version: z.number().int().min(0).optional(),
  locale: localeName.optional(),
  /** Beside these the samples of the declared variables are used. */
  variables: z.record(identifier, z.unknown()).default({}),
})

export const templatePreviewSchema = z.object({
  code: z.string(),
  version: z.number().int().nullable(),
  locale: z.string(),
  inApp: z.object({ title: z.string(), message: z.string() }),
  email: z.object({ subject: z.string(), html: z.string(), text: z.string() }),
  sms: z.object({
    text: z.string(),
    encoding: z.enum(['GSM-7', 'UCS-2']),
    units: z.number().int(),
    segments: z.number().int(),
    segmentsMax: z.number().int(),
    isCut: z.boolean(),
  }),
  push: z.object({ title: z.string(), body: z.string() }),
  whatsapp: z.object({ title: z.string(), message: z.string() }),
})
export type TemplatePreview = z.infer<typeof templatePreviewSchema>
