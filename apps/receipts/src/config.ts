import { backboneSettings } from '@carillon/backbone'
import { type Configured, parseConfig } from '@carillon/process'

export const settings = { ...backboneSettings }

export type ReceiptsConfig = Configured<typeof settings>

export function readConfig(): ReceiptsConfig {
  return parseConfig(settings, process.env)
}
