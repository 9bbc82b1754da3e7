import { ConfigError } from '@carillon/process'
import type { SendingConfig } from './settings.ts'

const gates = ['CARILLON_REDIRECT', 'CARILLON_ALLOWED'] as const

/** Left over from a trial, either would keep every message from the person it is for: production does not start with it. */
export function checkGate(config: Pick<SendingConfig, 'NODE_ENV' | (typeof gates)[number]>): void {
  if (config.NODE_ENV !== 'production') return
  const given = gates.filter((name) => config[name].length > 0)
  if (given.length > 0)
    throw new ConfigError(`With NODE_ENV=production nobody is kept from their messages: remove ${given.join(' and ')}`)
}
