import type { ExplainedRows } from '@carillon/planning'
import { factKey } from '@carillon/routing'
import { shippedCatalogue } from '@carillon/templates'
import type { ExplainPorts } from './explain-ports.ts'

/** Twins in memory, for tests of the API: everybody is known, has an address, and is on every channel. */
export function createMemoryExplain(now: () => Date, rows: readonly ExplainedRows[]): ExplainPorts {
  return {
    readExplanation: async ({ notificationId, userId }) =>
      rows.find(
        ({ notification: { id, recipientId } }) =>
          id === notificationId && (userId === undefined || userId === recipientId),
      ),
    loadVendorReasons: async () => (code) => (code === 'smtp_550' ? 'The mailbox does not exist.' : undefined),
    simulation: {
      templates: shippedCatalogue,
      policy: {
        usefulSecondsDefault: 259_200,
        perUserHourlyMax: 100,
        maxAttempts: { EMAIL: 4, SMS: 3, PUSH: 3, WHATSAPP: 3, IN_APP: 1 },
        eventIdKeys: ['key'],
      },
      loadFacts: async ({ people }) => ({
        now: now(),
        people: new Map(
          people.map(({ tenantId, recipientId: id }) => [factKey(tenantId, id), { id, sentLastHour: 0, user: ANN }]),
        ),
        categories: new Map(),
        tenants: new Map(),
        servedChannels: new Set(['IN_APP', 'EMAIL', 'SMS', 'PUSH']),
      }),
    },
  }
}

const ANN = {
  email: 'ann@example.com',
  phone: '+4915112345678',
  locale: null,
  timeZone: 'Europe/Berlin',
  preferences: {},
  hasPushToken: false,
}
