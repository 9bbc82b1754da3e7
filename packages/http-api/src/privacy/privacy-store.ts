import type { ErasedCounts, PersonExport } from '@carillon/contracts'
import type { StoredUser } from '../ports.ts'

export interface PrivacyStore {
  exportPerson(tenantId: string, userId: string): Promise<KeptOfPerson>
  /**
   * Ends what waits, marks what is in flight, and removes address, tokens and texts from every row. Rows of ids stay, so
   * that a topic that is read again plans nothing a second time. Doing it again is no error.
   */
  erasePerson(tenantId: string, userId: string): Promise<ErasedCounts>
}

export interface KeptOfPerson extends Omit<PersonExport, 'user'> {
  readonly user: StoredUser | null
}
