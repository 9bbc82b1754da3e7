import type { PrivacyStore } from './privacy-store.ts'

export function createMemoryPrivacy(): PrivacyStore {
  return {
    exportPerson: async () => ({ user: null, devices: [], topics: [], notifications: [], isComplete: true }),
    erasePerson: async () => ({
      ...{ notifications: 0, devices: 0, heldEvents: 0, schedules: 0, fanouts: 0 },
      ...{ cancelled: 0, possiblySent: 0 },
    }),
  }
}
