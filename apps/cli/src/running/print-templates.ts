import { styleText } from 'node:util'
import { type TemplatePreview, templatePreviewSchema, templatesAnswerSchema } from '@carillon/contracts'
import type { Outcome } from '../command.ts'
import type { ApiOptions } from '../commands/api-options.ts'
import type { PreviewOptions } from '../commands/templates.ts'
import type { Config } from '../config.ts'
import { askApi } from './ask-api.ts'
import { renderTable } from './render-table.ts'

export function listTemplates(config: Config, options: ApiOptions): Promise<Outcome> {
  return askApi(config, options, async (api) => {
    const { templates } = await api.get('/api/templates', templatesAnswerSchema)
    if (options.json) return void process.stdout.write(`${JSON.stringify(templates)}\n`)
    const rows = templates.map(({ code, version, origin, locales, description }) => [
      code,
      origin === 'shipped' ? 'shipped' : `version ${version}`,
      locales.join(' '),
      description ?? '',
    ])
    process.stdout.write(renderTable(['template', 'sent', 'languages', 'when'], rows))
    return undefined
  })
}

export async function previewTemplate(config: Config, code: string, options: PreviewOptions): Promise<Outcome> {
  const { locale, var: pairs = [] } = options
  const wrong = pairs.find((pair) => !/^[^=]+=/.test(pair))
  if (wrong) return { problem: `--var ${wrong} names no value`, cure: 'Write it as --var name=value.' }
  const variables = Object.fromEntries(pairs.map((pair) => cutAt(pair, pair.indexOf('='))))
  return askApi(config, options, async (api) => {
    const path = `/api/templates/${encodeURIComponent(code)}/preview`
    const preview = await api.post(path, { variables, ...(locale && { locale }) }, templatePreviewSchema)
    process.stdout.write(options.json ? `${JSON.stringify(preview)}\n` : renderPreview(preview))
    return undefined
  })
}

function cutAt(text: string, place: number): [string, string] {
  return [text.slice(0, place), text.slice(place + 1)]
}

function renderPreview({ inApp, email, sms, push, whatsapp }: TemplatePreview): string {
  const segments = `${sms.segments} ${sms.segments === 1 ? 'segment' : 'segments'}, ${sms.encoding}${sms.isCut ? ', cut' : ''}`
  const parts: [string, string, string][] = [
    ['in-app', inApp.title, inApp.message],
    ['e-mail', email.subject, email.text],
    ['sms', segments, sms.text],
    ['push', push.title, push.body],
    ['whatsapp', whatsapp.title, whatsapp.message],
  ]
  const indent = (text: string) => text.trim().replaceAll(/^/gm, '  ')
  return parts.map(([name, head, text]) => `${styleText('bold', name)}  ${head}\n${indent(text)}\n`).join('')
}
