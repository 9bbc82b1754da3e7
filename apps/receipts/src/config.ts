import { backboneSettings } from '@carillon/backbone'
import { type Configured, flag, parseConfig, setting } from '@carillon/process'

export const settings = {
  ...backboneSettings,
  OUTCOME_WEBHOOKS_PRIVATE: setting(
    flag.default(false),
    'whether outcomes may be told to private addresses and without TLS; for tests alone',
  ),
}

export type ReceiptsConfig = Configured<typeof settings>

export function readConfig(): ReceiptsConfig {
  return parseConfig(settings, process.env)
}
