import type { Decision, RenderedContent } from './plan.ts'

const LITERAL: Decision = { channel: null, step: null, code: 'content_literal' }

/** What (2): rendered before planning, because a template's problems are refused at the door; said here. */
export function decideContent({ templateCode, templateVersion }: RenderedContent): Decision {
  if (templateCode === null) return LITERAL
  const detail = templateVersion === null ? templateCode : `${templateCode} version ${templateVersion}`
  return { channel: null, step: null, code: 'content_template', detail }
}
