import { styleText } from 'node:util'
import type { DataDir } from '../running/data-dir.ts'
import type { Running } from '../running/find-running.ts'

export interface Screen {
  readonly running: Omit<Running, 'database'>
  readonly dataDir: DataDir
  readonly isKafkaOurs: boolean
  /** Of the Postgres that was named; nothing for ours. */
  readonly databaseUrl: string | undefined
  /** Channels that take every message and send none. */
  readonly simulated: readonly string[]
  readonly recovered: readonly string[]
  readonly startedInMs: number
}

/** One calm screen: where things listen, a key, and a curl that works when it is pasted. */
export function renderScreen({ running, dataDir, recovered, ...screen }: Screen): string {
  const label = (text: string) => styleText('dim', text.padEnd(10))
  const note = (text: string) => styleText('dim', text)
  const seconds = (screen.startedInMs / 1_000).toFixed(1)
  const names = screen.simulated.map((name) => NAMES[name] ?? name).join(', ')
  const simulated = names ? `${names}; read it with ./carillon outbox${dataDir.flag}` : 'nothing'
  return [
    '',
    `  ${styleText('bold', 'Carillon is up')} ${note(`in ${seconds} s`)}`,
    '',
    `  ${label('API')}${running.api}`,
    `  ${label('API key')}${running.apiKey}`,
    `  ${label('Kafka')}${running.kafka}  ${note(screen.isKafkaOurs ? 'ours; any Kafka tool works' : 'not ours')}`,
    `  ${label('Postgres')}${screen.databaseUrl ? describeDatabase(screen.databaseUrl) : note('ours')}`,
    `  ${label('Simulated')}${simulated}`,
    `  ${label('Data')}${dataDir.path}`,
    ...recovered.map((sentence) => `  ${label('Recovered')}${sentence}`),
    '',
    note('  Say that something happened:'),
    '',
    renderCurl(running),
    '',
    note('  or watch one on its way:'),
    '',
    `./carillon send${dataDir.flag} --to ann@example.com "hello"`,
    '',
    note('  Ctrl-C stops everything and loses nothing.'),
    '',
    '',
  ].join('\n')
}

const NAMES: Readonly<Record<string, string>> = { email: 'mail', sms: 'SMS', whatsapp: 'WhatsApp', push: 'push' }

// Without the user and the password.
function describeDatabase(databaseUrl: string): string {
  const { host, pathname } = URL.canParse(databaseUrl) ? new URL(databaseUrl) : { host: '', pathname: '' }
  return `${host}${pathname}  ${styleText('dim', 'of DATABASE_URL')}`
}

function renderCurl({ api, apiKey }: Pick<Running, 'api' | 'apiKey'>): string {
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
