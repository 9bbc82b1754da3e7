import { PrismaPg } from '@prisma/adapter-pg'
import { DriverAdapterError, type SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { DatabaseError, type Pool } from 'pg'

// In the script's own transaction, so that a process that dies can leave no migration of which nobody knows whether it
// was applied. Under the lock, the one that is not finished is the one at hand.
const markFinished = `
;UPDATE "_prisma_migrations" SET "finished_at" = now() WHERE "finished_at" IS NULL AND "rolled_back_at" IS NULL`

/**
 * PrismaPg cuts a script at every semicolon, also at those inside a function's body. Sent whole as one simple query, it
 * is one transaction, and a migration that fails leaves nothing behind.
 */
export function createMigrationAdapter(
  pool: Pool,
  migrationScripts: ReadonlySet<string>,
): SqlMigrationAwareDriverAdapterFactory {
  const adapters = new PrismaPg(pool)
  return {
    provider: adapters.provider,
    adapterName: adapters.adapterName,
    connectToShadowDb: () => adapters.connectToShadowDb(),
    async connect() {
      const adapter = await adapters.connect()
      adapter.executeScript = (script) =>
        executeScript(pool, migrationScripts.has(script) ? script + markFinished : script)
      return adapter
    },
  }
}

async function executeScript(pool: Pool, script: string): Promise<void> {
  try {
    await pool.query(script)
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    const { message, code = '', severity = '', detail, column, hint } = error
    throw new DriverAdapterError({ kind: 'postgres', message, code, severity, detail, column, hint })
  }
}
