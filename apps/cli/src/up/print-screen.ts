import { styleText } from 'node:util'
import { dataDirDefault } from '../running/data-dir.ts'
import type { Running } from '../running/find-running.ts'

export interface Screen {
  readonly running: Running
  readonly isKafkaOurs: boolean
  readonly isMailSimulated: boolean
  readonly recovered: readonly string[]
  readonly startedInMs: number
  readonly dataFlag: string
}

/** One calm screen: where things listen, a key, and a curl that works when it is pasted. */
export function renderScreen(screen: Screen): string {
  const { running, recovered } = screen
  const label = (text: string) => styleText('dim', text.padEnd(9))
  const data = screen.dataFlag === dataDirDefault ? '' : ` --data ${screen.dataFlag}`
  return [
    '',
    `${styleText('bold', '  Carillon is up')} ${styleText('dim', `in ${(screen.startedInMs / 1_000).toFixed(1)} s`)}`,
    '',
    `  ${label('API')}${running.api}`,
    `  ${label('Kafka')}${running.kafka} ${styleText('dim', screen.isKafkaOurs ? 'ours; any Kafka tool works' : '')}`,
    `  ${label('Mail')}${screen.isMailSimulated ? `simulated: read it with ./carillon outbox${data}` : 'by the mail server in SMTP_HOST'}`,
    `  ${label('Key')}${running.apiKey}`,
    ...recovered.map((sentence) => `  ${label('Found')}${sentence}`),
    '',
    styleText('dim', '  Say that something happened:'),
    '',
    renderCurl(running),
    '',
    styleText('dim', `  or watch one on its way: ./carillon send${data} --to ann@example.com "hello"`),
    styleText('dim', '  Ctrl-C stops everything and loses nothing.'),
    '',
    '',
  ].join('\n')
}

export function renderCurl({ api, apiKey }: Pick<Running, 'api' | 'apiKey'>): string {
  const event = {
    type: 'WELCOME',
    title: 'Welcome',
    message: 'Good to have you here.',
    recipients: [{ email: 'ann@example.com' }],
    channels: ['EMAIL'],
  }
  return [
    `curl ${api}/api/notifications \\`,
    `  -H 'Authorization: Bearer ${apiKey}' \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(event)}'`,
  ].join('\n')
}
