import type { ChannelText, TemplateDefinition, TemplatePreview } from '@carillon/contracts'
import { fallbackLocales, fillSamples, prepareTemplate, renderMail, type TemplateRendering } from '@carillon/templates'
import type { Previewers } from './template-ports.ts'

export interface PreviewRequest {
  readonly code: string
  readonly version: number | null
  readonly definition: TemplateDefinition
  readonly locale: string | undefined
  readonly variables: Readonly<Record<string, unknown>>
}

type Rendered = Extract<TemplateRendering, { ok: true }>['rendered']

/** As each channel would send it. The brand and the footer of mails are the e-mail process's and not shown. */
export async function previewTemplate(
  request: PreviewRequest,
  previewers: Previewers,
): Promise<{ readonly ok: true; readonly preview: TemplatePreview } | Extract<TemplateRendering, { ok: false }>> {
  const { code, version, definition, variables } = request
  const locale = chooseLocale(definition, request.locale)
  const rendering = prepareTemplate(code, version ?? 0, definition).render(fillSamples(definition, variables), locale)
  if (!rendering.ok) return rendering
  const { rendered } = rendering
  const { title, message } = rendered
  const whatsapp = contentOf(rendered, rendered.perChannel?.WHATSAPP)
  return {
    ok: true,
    preview: {
      code,
      version,
      locale,
      inApp: { title, message },
      email: previewMail(rendered, locale),
      sms: await previewSms(rendered, previewers),
      push: await previewers.composePush(contentOf(rendered, rendered.perChannel?.PUSH)),
      whatsapp: { title: whatsapp.title, message: whatsapp.message },
    },
  }
}

function chooseLocale({ locales, defaultLocale }: TemplateDefinition, asked: string | undefined): string {
  return fallbackLocales(asked, defaultLocale).find((locale) => Object.hasOwn(locales, locale)) ?? defaultLocale
}

function previewMail(rendered: Rendered, locale: string) {
  const text = rendered.perChannel?.EMAIL
  return renderMail({
    ...contentOf(rendered, text),
    locale,
    ...(text?.html !== undefined && { html: text.html, ...(text.text !== undefined && { text: text.text }) }),
  })
}

async function previewSms(rendered: Rendered, { composeSms }: Previewers) {
  const text = rendered.perChannel?.SMS
  const segmentsMax = text?.segmentsMax ?? 1
  return { ...(await composeSms(contentOf(rendered, text), segmentsMax)), segmentsMax }
}

/** The same that the store hands to the channels. */
function contentOf({ title, message }: Rendered, text: ChannelText | undefined) {
  return { title: text?.title ?? title, message: text?.text ?? message }
}
