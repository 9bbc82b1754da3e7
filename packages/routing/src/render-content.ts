import type { DeadLetterReason, NotificationEvent, Problem } from '@carillon/contracts'
import type { RenderedContent } from '@carillon/planning'
import { type PreparedTemplate, type TemplateName, templateKey } from '@carillon/templates'

export type Templates = ReadonlyMap<string, PreparedTemplate>

type ContentRefusal = Extract<DeadLetterReason, 'template_unknown' | 'template_not_filled'>

export type EventContent =
  | { readonly ok: true; contentFor(locale: string | null): RenderedContent }
  | { readonly ok: false; readonly reason: ContentRefusal; readonly problems: readonly Problem[] }

/** The templates that must be loaded before these events can be planned. */
export function nameTemplates(
  events: readonly { readonly tenantId: string; readonly event: NotificationEvent }[],
): readonly TemplateName[] {
  return events.flatMap(({ tenantId, event }) =>
    event.templateCode === undefined ? [] : [{ tenantId, code: event.templateCode }],
  )
}

/** What (2): once an event and language, because an event's variables are the same for all its recipients. */
export function renderContent(tenantId: string, event: NotificationEvent, templates: Templates): EventContent {
  const { templateCode } = event
  if (templateCode === undefined) {
    const literal = literalContent(event)
    return { ok: true, contentFor: () => literal }
  }
  const template = templates.get(templateKey({ tenantId, code: templateCode }))
  if (!template) return { ok: false, reason: 'template_unknown', problems: [describeUnknown(templateCode)] }
  return renderTemplate(template, event.variables ?? {})
}

function renderTemplate(template: PreparedTemplate, variables: Readonly<Record<string, unknown>>): EventContent {
  const first = template.render(variables)
  if (!first.ok) return { ok: false, reason: 'template_not_filled', problems: first.problems }
  const { code: templateCode, version: templateVersion } = template
  const byLocale = new Map<string, RenderedContent>()
  return {
    ok: true,
    contentFor(locale) {
      const key = locale ?? ''
      const known = byLocale.get(key)
      if (known) return known
      const inLocale = template.render(variables, locale)
      const content = { ...(inLocale.ok ? inLocale : first).rendered, templateCode, templateVersion }
      byLocale.set(key, content)
      return content
    },
  }
}

function describeUnknown(code: string): Problem {
  return { path: 'templateCode', message: `there is no template ${code}` }
}

function literalContent(event: NotificationEvent): RenderedContent {
  return {
    title: event.title ?? titleOfType(event.type),
    message: event.message ?? '',
    perChannel: null,
    templateCode: null,
    templateVersion: null,
  }
}

/** `EVENT_APPROVAL` reads "Event approval" where an event brings no title. */
function titleOfType(type: string): string {
  const words = type.replaceAll(/[_-]+/g, ' ').trim().toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}
