import type { UserInput } from '@carillon/contracts'
import type { PreferenceStore, StoredUser, UserStore } from '@carillon/http-api'
import type { Pool } from 'pg'
import { onlyRow, runStatement } from '../run-statement.ts'
import { cipherOf } from '../sealing/cipher-of.ts'
import { FIND_USER, SAVE_USER } from '../sql/people.ts'
import { repeatConflicts } from '../transaction.ts'

export function createUserStore({ pool }: { readonly pool: Pool }): UserStore & PreferenceStore {
  const cipher = cipherOf(pool)

  function openUser(tenantId: string, { email, phone, ...user }: StoredUser): StoredUser {
    const open = (value: string | null) => value && cipher.open(tenantId, value)
    return { ...user, email: open(email), phone: open(phone) }
  }

  function sealUser(tenantId: string, { email, phone, ...user }: UserInput): UserInput {
    const seal = (value: string | null) => value && cipher.seal(tenantId, value)
    return {
      ...user,
      ...(email !== undefined && { email: seal(email) }),
      ...(phone !== undefined && { phone: seal(phone) }),
    }
  }

  async function findUser(tenantId: string, userId: string): Promise<StoredUser | undefined> {
    const [user] = await repeatConflicts('find a user', () =>
      runStatement<StoredUser>(pool, FIND_USER, [tenantId, userId]),
    )
    return user && openUser(tenantId, user)
  }

  async function saveUser(tenantId: string, userId: string, user: UserInput): Promise<StoredUser> {
    // JSON leaves out what is undefined, and the statement tells absent from null.
    const values = [tenantId, userId, JSON.stringify(sealUser(tenantId, user))]
    const saved = await repeatConflicts('save a user', () => runStatement<StoredUser>(pool, SAVE_USER, values))
    return openUser(tenantId, onlyRow(saved))
  }

  return {
    findUser,
    saveUser,
    findPreferences: async (tenantId, userId) => (await findUser(tenantId, userId))?.preferences,
    savePreferences: async (tenantId, userId, preferences) =>
      (await saveUser(tenantId, userId, { preferences })).preferences,
  }
}
