import { backboneSettings, planningSettings, watchSettings } from '@carillon/backbone'
import { type Configured, parseConfig, setting, wholeNumber } from '@carillon/process'

export const settings = {
  ...backboneSettings,
  ...watchSettings,
  CARILLON_PLAN_MAX_AGE_HOURS: setting(
    wholeNumber(1, 168).default(72),
    'an event older than this is refused. Keep it shorter than the retention of rows',
  ),
  ...planningSettings,
}

export type RouterConfig = Configured<typeof settings>

export function readConfig(): RouterConfig {
  return parseConfig(settings, process.env)
}
