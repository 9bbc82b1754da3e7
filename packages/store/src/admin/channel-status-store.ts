import type { Channel } from '@carillon/contracts'
import type { Pool } from 'pg'
import { runStatement } from '../run-statement.ts'
import { PAUSE_CHANNEL, READ_CHANNEL_STATUSES, SAVE_CHANNEL_STATUS } from '../sql/settings.ts'
import { repeatConflicts } from '../transaction.ts'

/** What a channel's worker says of itself, at start and on change. */
export interface ChannelStatus {
  readonly channel: Channel
  /** In the order in which they are tried. */
  readonly providers: readonly string[]
  readonly simulated: boolean
  /** Why nothing is sent until a person acts. It is planned for all the same: its rows wait. */
  readonly stopped: string | null
}

export interface SavedChannelStatus extends ChannelStatus {
  /** An operator's wish, which a worker that starts again does not undo. */
  readonly paused: boolean
  readonly updatedAt: Date
}

export interface ChannelStatusStore {
  saveChannelStatus(status: ChannelStatus): Promise<void>
  readChannelStatuses(): Promise<readonly SavedChannelStatus[]>
  /** False for a channel that never had a worker. */
  pauseChannel(channel: Channel, paused: boolean): Promise<boolean>
}

export function createChannelStatusStore({ pool }: { readonly pool: Pool }): ChannelStatusStore {
  return {
    async saveChannelStatus({ channel, providers, simulated, stopped }) {
      const values = [channel, JSON.stringify(providers), simulated, stopped]
      await repeatConflicts('save a channel status', () => runStatement(pool, SAVE_CHANNEL_STATUS, values))
    },
    readChannelStatuses: () =>
      repeatConflicts('read channel statuses', () => runStatement<SavedChannelStatus>(pool, READ_CHANNEL_STATUSES, [])),
    async pauseChannel(channel, paused) {
      const rows = await repeatConflicts('pause a channel', () => runStatement(pool, PAUSE_CHANNEL, [channel, paused]))
      return rows.length > 0
    },
  }
}
