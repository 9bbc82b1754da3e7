import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg'
import type { Pool } from 'pg'
import { loadEngine } from './load-engine.ts'
import { createMigrationAdapter } from './migration-adapter.ts'
import type { Migration } from './read-migrations.ts'

/** Leaves order, checksums and bookkeeping to Prisma. */
export async function applyMigrations(pool: Pool, dir: string, migrations: readonly Migration[]): Promise<string[]> {
  const scripts = new Set(migrations.map(({ script }) => script))
  const adapter = bindMigrationAwareSqlAdapterFactory(createMigrationAdapter(pool, scripts))
  const SchemaEngine = await loadEngine()
  const engine = await SchemaEngine.new({ datamodels: undefined }, () => {}, adapter)
  try {
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList: toMigrationList(dir, migrations),
      filters: { externalTables: [], externalEnums: [] },
    })
    return appliedMigrationNames
  } finally {
    engine.free()
  }
}

function toMigrationList(dir: string, migrations: readonly Migration[]): MigrationList {
  return {
    baseDir: dir,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"' },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, script }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok', value: script } },
    })),
  }
}
