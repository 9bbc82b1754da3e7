import type { SmtpOptions } from '@carillon/channel-email'
import { ConfigError, type Configured, flag, rates, setting, wholeNumber } from '@carillon/process'
import { z } from 'zod'

const text = z.string().optional()
const port = wholeNumber(1, 65_535).default(587)

/** Each server is asked only for what the ones before it surely did not take. */
export const smtpSettings = {
  SMTP_HOST: setting(text, 'the mail server; without it the channel runs only if it is simulated', {
    example: 'smtp.example.com',
  }),
  SMTP_PORT: setting(port, 'its port; 465 speaks TLS from the first byte'),
  SMTP_USER: setting(text, 'the name to sign in with'),
  SMTP_PASS: setting(text, 'the password to sign in with'),
  SMTP_RATE: setting(rates.default([]), 'at most so many mails in so many seconds to this server, as 14/1'),
  SMTP_2_HOST: setting(text, 'a second mail server, for mails that the first surely did not take'),
  SMTP_2_PORT: setting(port, 'the port of the second server'),
  SMTP_2_USER: setting(text, 'the name to sign in there with'),
  SMTP_2_PASS: setting(text, 'the password to sign in there with'),
  SMTP_2_RATE: setting(rates.default([]), 'the rate of the second server'),
  SMTP_3_HOST: setting(text, 'a third mail server'),
  SMTP_3_PORT: setting(port, 'the port of the third server'),
  SMTP_3_USER: setting(text, 'the name to sign in there with'),
  SMTP_3_PASS: setting(text, 'the password to sign in there with'),
  SMTP_3_RATE: setting(rates.default([]), 'the rate of the third server'),
  SMTP_REQUIRE_TLS: setting(flag.default(false), 'whether to refuse a server that offers no TLS'),
  SMTP_CONNECTIONS: setting(wholeNumber(1, 200).default(20), 'connections kept open to a mail server'),
}

type SmtpConfig = Configured<typeof smtpSettings>

export interface SmtpServer {
  /** Stands on deliveries and attempts. */
  readonly name: string
  readonly smtp: SmtpOptions
}

/** The servers that are named, in their order. */
export function chooseSmtpServers(config: SmtpConfig, inFlightMax: number): readonly [SmtpServer, ...SmtpServer[]] {
  const [first, second, third] = [
    { host: config.SMTP_HOST, port: config.SMTP_PORT, user: config.SMTP_USER, pass: config.SMTP_PASS },
    { host: config.SMTP_2_HOST, port: config.SMTP_2_PORT, user: config.SMTP_2_USER, pass: config.SMTP_2_PASS },
    { host: config.SMTP_3_HOST, port: config.SMTP_3_PORT, user: config.SMTP_3_USER, pass: config.SMTP_3_PASS },
  ]
  if (!first?.host) throw new ConfigError(NO_SERVER)
  const toServer = (name: string, { host = '', port: at, user, pass }: NonNullable<typeof first>): SmtpServer => ({
    name,
    smtp: {
      host,
      port: at,
      secure: at === 465,
      requireTls: config.SMTP_REQUIRE_TLS,
      connections: Math.min(config.SMTP_CONNECTIONS, inFlightMax),
      ...(user && { user, pass: pass ?? '' }),
    },
  })
  return [
    toServer('smtp', first),
    ...(second?.host ? [toServer('smtp-2', second)] : []),
    ...(third?.host ? [toServer('smtp-3', third)] : []),
  ]
}

export function ratesOf({ SMTP_RATE, SMTP_2_RATE, SMTP_3_RATE }: SmtpConfig) {
  return { smtp: SMTP_RATE, 'smtp-2': SMTP_2_RATE, 'smtp-3': SMTP_3_RATE }
}

const NO_SERVER =
  'SMTP_HOST is missing: name the mail server, or set CARILLON_SIMULATE=email to send nothing and say so'
