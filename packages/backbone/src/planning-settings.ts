import { type Configured, setting, wholeNumber } from '@carillon/process'
import type { FanoutPolicy } from '@carillon/routing'
import { type BackboneConfig, eventIdKeysOf } from './settings.ts'

/** Of those who plan: the same event must become the same plan, whoever plans it. */
export const planningSettings = {
  CARILLON_USEFUL_HOURS: setting(
    wholeNumber(1, 720).default(72),
    'how long a message stays useful when neither event nor category says so',
  ),
  CARILLON_USER_HOURLY_MAX: setting(
    wholeNumber(1, 100_000).default(100),
    'notifications a person and hour; what is over it goes to the inbox only',
  ),
}

export function planningPolicyOf(config: BackboneConfig & Configured<typeof planningSettings>): FanoutPolicy {
  return {
    usefulSecondsDefault: config.CARILLON_USEFUL_HOURS * 3_600,
    perUserHourlyMax: config.CARILLON_USER_HOURLY_MAX,
    maxAttempts: { EMAIL: 4, SMS: 3, PUSH: 3, WHATSAPP: 3, IN_APP: 1 },
    eventIdKeys: eventIdKeysOf(config),
  }
}
