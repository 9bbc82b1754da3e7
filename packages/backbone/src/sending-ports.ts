import type { SentChannel } from '@carillon/contracts'
import type { AddressGate, LimitPolicy, WorkerPorts } from '@carillon/delivery'
import type { Logger } from '@carillon/telemetry'
import type { SendingConfig } from './settings.ts'
import { openSharedMemory } from './shared-memory.ts'

export interface SendingOptions {
  readonly name: SentChannel
  readonly config: SendingConfig
  readonly log: Logger
  readonly limits?: Omit<LimitPolicy, 'channel'>
  /** With Redis away a limited message waits instead of going out uncounted. */
  readonly limitsFailClosed?: boolean
}

export interface SendingPorts {
  readonly ports: Pick<WorkerPorts, 'gate' | 'limits'>
  close(): Promise<void>
}

/** To whom and how often a channel may send, as its operator says. */
export async function openSendingPorts(options: SendingOptions): Promise<SendingPorts> {
  const { name, config, log, limits, limitsFailClosed } = options
  const gate: AddressGate = { allowed: config.CARILLON_ALLOWED, redirect: config.CARILLON_REDIRECT }
  if (gate.allowed.length + gate.redirect.length > 0) {
    const fields = { channel: name, allowed: gate.allowed.length, redirect: gate.redirect.length }
    log.warn(fields, 'channel.redirected')
  }
  if (!limits) return { ports: { gate }, close: async () => undefined }
  const memory = await openSharedMemory({ name, config, log })
  const limiter = limitsFailClosed ? memory.closedLimiter : memory.openLimiter
  return { ports: { gate, limits: { limiter, policy: { channel: name, ...limits } } }, close: memory.close }
}
