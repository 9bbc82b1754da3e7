import { backboneSettings, watchSettings } from '@carillon/backbone'
import { type Configured, parseConfig, setting, wholeNumber } from '@carillon/process'

export const settings = {
  ...backboneSettings,
  ...watchSettings,
  CARILLON_PLAN_MAX_AGE_HOURS: setting(
    wholeNumber(1, 168).default(72),
    'an event older than this is refused. Keep it shorter than the retention of rows',
  ),
  CARILLON_USEFUL_HOURS: setting(
    wholeNumber(1, 720).default(72),
    'how long a message stays useful when neither event nor category says so',
  ),
  CARILLON_USER_HOURLY_MAX: setting(
    wholeNumber(1, 100_000).default(100),
    'notifications a person and hour; what is over it goes to the inbox only',
  ),
}

export type RouterConfig = Configured<typeof settings>

export function readConfig(): RouterConfig {
  return parseConfig(settings, process.env)
}
