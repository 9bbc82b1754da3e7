import { createHash } from 'node:crypto'
import type { DeviceStore, StoredDevice } from '@carillon/http-api'
import type { Pool } from 'pg'
import { onlyRow, runStatement } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import { LIST_DEVICES, REGISTER_DEVICE, REMOVE_DEVICES } from '../sql/devices.ts'
import { repeatConflicts } from '../transaction.ts'

/** Enough for anybody; the rest are phones that were given away. */
const DEVICES_MAX = 20

export function createDeviceStore({ pool }: { readonly pool: Pool }): DeviceStore {
  async function remove(tenantId: string, userId: string, tokenHash: string | null): Promise<number> {
    const values = [tenantId, userId, tokenHash]
    const removed = await repeatConflicts('remove devices', () => runStatement(pool, REMOVE_DEVICES, values))
    return removed.length
  }

  return {
    async registerDevice(tenantId, userId, { token, platform }) {
      const values = [tenantId, userId, hashToken(token), cipherOf(pool).seal(tenantId, token), platform, DEVICES_MAX]
      return onlyRow(
        await repeatConflicts('register a device', () => runStatement<StoredDevice>(pool, REGISTER_DEVICE, values)),
      )
    },
    listDevices: (tenantId, userId) =>
      repeatConflicts('list devices', () => runStatement<StoredDevice>(pool, LIST_DEVICES, [tenantId, userId])),
    removeDevice: (tenantId, userId, device) =>
      remove(tenantId, userId, 'id' in device ? device.id : hashToken(device.token)),
    removeAllDevices: (tenantId, userId) => remove(tenantId, userId, null),
  }
}

export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
