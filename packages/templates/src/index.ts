export type { Brand } from './brand.ts'
export { checkDefinition } from './check-definition.ts'
export { fillSamples } from './declare-variables.ts'
export { fallbackLocales } from './locale.ts'
export { type PreparedTemplate, prepareTemplate, type TemplateRendering } from './prepare-template.ts'
export type { MailContent, RenderedMail } from './render-mail.ts'
export { renderMail } from './render-mail.ts'
export type { CompiledTemplate, DeclaredVariable, TemplateProblem, TemplateResult } from './render-template.ts'
export { resolveActionUrl } from './safe-url.ts'
export { sanitiseHtml } from './sanitise-html.ts'
export { SHIPPED_TEMPLATES } from './shipped/index.ts'
export { toSingleLine } from './single-line.ts'
export {
  createTemplateCatalogue,
  findShipped,
  shippedCatalogue,
  type TemplateCatalogue,
  type TemplateName,
  type TemplateSource,
  type TemplateVersionName,
  templateKey,
} from './template-catalogue.ts'
export type { TemplateOutput } from './template-engine.ts'
