import { backboneSettings, watchSettings } from '@carillon/backbone'
import { type Configured, parseConfig, setting, wholeNumber } from '@carillon/process'

export const settings = {
  ...backboneSettings,
  ...watchSettings,
  CARILLON_UNKNOWN_AFTER: setting(
    wholeNumber(0, 3_600_000).default(120_000),
    'milliseconds between a lost answer and its resolution; longer than the slowest provider takes to accept',
  ),
  CARILLON_RESEND_AFTER: setting(
    wholeNumber(0, 3_600_000).default(1_000),
    'milliseconds between the resolution of a lost answer and the next try',
  ),
  CARILLON_ASK_EVERY: setting(
    wholeNumber(100, 3_600_000).default(30_000),
    'milliseconds between two questions to a provider whether it has a message whose answer was lost',
  ),
  CARILLON_ASK_FOR: setting(
    wholeNumber(0, 86_400_000).default(900_000),
    'how long a provider is asked; after that the message counts as possibly sent',
  ),
  CARILLON_STUB_HOURS: setting(
    wholeNumber(1, 720).default(96),
    'how long a read waits for its event; longer than CARILLON_PLAN_MAX_AGE_HOURS',
  ),
  CARILLON_RETAIN_DONE_DAYS: setting(
    wholeNumber(1, 3_650).default(7),
    'how long deliveries are kept that were sent, cancelled, suppressed or expired; a category may say otherwise',
  ),
  CARILLON_RETAIN_FAILED_DAYS: setting(wholeNumber(1, 3_650).default(30), 'the same for deliveries that failed'),
  CARILLON_RETAIN_INBOX_DAYS: setting(
    wholeNumber(7, 3_650).default(365),
    'how long notifications stay in the inbox; longer than CARILLON_PLAN_MAX_AGE_HOURS',
  ),
  CARILLON_RETAIN_AUDIT_DAYS: setting(wholeNumber(30, 36_500).default(730), 'how long it is kept who did what'),
}

export type EscalationConfig = Configured<typeof settings>

export function readConfig(): EscalationConfig {
  return parseConfig(settings, process.env)
}
