import { backboneSettings, planningSettings, watchSettings } from '@carillon/backbone'
import { type Configured, parseConfig, setting, wholeNumber } from '@carillon/process'

export const settings = {
  ...backboneSettings,
  ...watchSettings,
  ...planningSettings,
  CARILLON_FANOUT_CONCURRENCY: setting(
    wholeNumber(1, 100).default(16),
    'audiences that one process resolves at a time; most of them wait for their channels',
  ),
  CARILLON_FANOUT_LEASE: setting(
    wholeNumber(500, 600_000).default(10_000),
    'milliseconds after which the audience of a process that says nothing more is given to another',
  ),
}

export type FanoutConfig = Configured<typeof settings>

export function readConfig(): FanoutConfig {
  return parseConfig(settings, process.env)
}
