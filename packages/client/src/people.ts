import type { DeviceInput, storedDeviceSchema, storedUserSchema, UserInput } from '@carillon/contracts'
import type { z } from 'zod'
import type { Ask } from './http.ts'

type StoredDevice = z.infer<typeof storedDeviceSchema>

export interface People {
  saveUser(userId: string, user: UserInput): Promise<z.infer<typeof storedUserSchema>>
  /** An app does so at every start: a token belongs to whoever registered it last. */
  registerDeviceToken(device: DeviceInput): Promise<StoredDevice>
  removeDeviceToken(device: { readonly token: string; readonly userId?: string }): Promise<number>
}

export function createPeople(ask: Ask): People {
  return {
    saveUser: (userId, body) =>
      ask({ method: 'PUT', path: `/api/users/${encodeURIComponent(userId)}`, body, needs: { id: 'text' } }),
    registerDeviceToken: (body) => ask({ method: 'POST', path: '/api/devices', body, needs: { id: 'text' } }),
    async removeDeviceToken(body) {
      const needs = { removed: 'number' } as const
      return (await ask<{ removed: number }>({ method: 'DELETE', path: '/api/devices', body, needs })).removed
    },
  }
}
