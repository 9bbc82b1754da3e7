import type { Channel } from '@carillon/contracts'
import type { Pool } from 'pg'
import { runStatement } from './run-statement.ts'
import { READ_CHANNEL_STATUSES, SAVE_CHANNEL_STATUS } from './sql/settings.ts'
import { repeatConflicts } from './transaction.ts'

/** What a channel's worker says of itself, at start and on change. */
export interface ChannelStatus {
  readonly channel: Channel
  /** In the order in which they are tried. */
  readonly providers: readonly string[]
  readonly simulated: boolean
  readonly paused: boolean
  /** Why nothing is sent until a person acts. It is planned for all the same: its rows wait. */
  readonly stopped: string | null
}

export interface ChannelStatusStore {
  saveChannelStatus(status: ChannelStatus): Promise<void>
  readChannelStatuses(): Promise<readonly (ChannelStatus & { readonly updatedAt: Date })[]>
}

export function createChannelStatusStore({ pool }: { readonly pool: Pool }): ChannelStatusStore {
  return {
    async saveChannelStatus({ channel, providers, simulated, paused, stopped }) {
      const values = [channel, JSON.stringify(providers), simulated, paused, stopped]
      await repeatConflicts('save a channel status', () => runStatement(pool, SAVE_CHANNEL_STATUS, values))
    },
    readChannelStatuses: () =>
      repeatConflicts('read channel statuses', () =>
        runStatement<ChannelStatus & { updatedAt: Date }>(pool, READ_CHANNEL_STATUSES, []),
      ),
  }
}
