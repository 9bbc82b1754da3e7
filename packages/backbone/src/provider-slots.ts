import { createProviderSlots, type Rate, type TakeProviderSlot } from '@carillon/delivery'
import type { Logger } from '@carillon/telemetry'
import type { SendingConfig } from './settings.ts'
import { openSharedMemory } from './shared-memory.ts'

export interface ProviderSlotsOptions {
  readonly name: string
  readonly config: SendingConfig
  readonly log: Logger
  readonly rates: Readonly<Record<string, readonly Rate[]>>
  /** With Redis away a provider that has a rate gets nothing, instead of more than it. */
  readonly failClosed?: boolean
}

/** What a channel asks before each hand-over to a provider; without any rate it asks nobody. */
export async function openProviderSlots({ name, config, log, rates, failClosed }: ProviderSlotsOptions): Promise<{
  readonly take?: TakeProviderSlot
  close(): Promise<void>
}> {
  if (Object.values(rates).every(({ length }) => length === 0)) return { close: async () => undefined }
  const memory = await openSharedMemory({ name: `${name}-providers`, config, log })
  const limiter = failClosed ? memory.closedLimiter : memory.openLimiter
  return { take: createProviderSlots(limiter, rates), close: memory.close }
}
