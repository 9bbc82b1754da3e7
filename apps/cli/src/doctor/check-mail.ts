import { checkMailServers, settings } from '@carillon/email'
import { ConfigError, parseConfig } from '@carillon/process'
import type { Finding } from './finding.ts'

const name = 'mail'

/** Connects and signs in as the fleet would, and sends nothing. */
export async function checkMail(environment: Readonly<Record<string, string | undefined>>): Promise<Finding> {
  if (!environment.SMTP_HOST) {
    const detail = 'SMTP_HOST is not set: ./carillon up simulates mail, and the process email does not start without it'
    return { name, state: 'not used', detail }
  }
  try {
    const { DATABASE_URL = 'postgres://unused', KAFKA_BROKER = 'unused:9092', CARILLON_SECRET } = environment
    const others = { DATABASE_URL, KAFKA_BROKER, CARILLON_SECRET: CARILLON_SECRET ?? 'not used by this one' }
    const servers = await checkMailServers(parseConfig(settings, { ...environment, ...others }))
    const names = servers.map(({ host, port }) => `${host}:${port}`).join(', ')
    const failed = servers.find(({ failure }) => failure !== undefined)
    if (!failed?.failure) return { name, state: 'well', detail: `${names}, signed in` }
    const { host, port, failure } = failed
    // With another one the mails still go.
    const state = servers.every((server) => server.failure) ? 'broken' : 'worth a look'
    const detail = `${host}:${port}`
    return { name, state, detail, cause: `${failure.reason}: ${failure.error}`, cure: cureOf(failure.reason, detail) }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const cure = 'Correct the settings SMTP_…; docs/configuration.md has them all.'
    return { name, state: 'broken', detail: environment.SMTP_HOST, cause: error.message, cure }
  }
}

function cureOf(reason: string, server: string): string {
  if (reason === 'smtp_credentials')
    return 'Correct SMTP_USER and SMTP_PASS; some providers want a password for applications here.'
  if (reason === 'smtp_unreachable') return `Start the mail server at ${server}, or correct SMTP_HOST and SMTP_PORT.`
  if (reason === 'smtp_timeout')
    return 'Look whether a firewall stands between, and whether the port is right: 465 speaks TLS at once, 587 later.'
  return `Ask whoever runs ${server}; SMTP_HOST, SMTP_PORT and SMTP_REQUIRE_TLS say how it is reached.`
}
