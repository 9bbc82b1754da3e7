// A database of its own for every test that asks: cloned from a template that holds the migrations, which takes a
// fraction of what applying them does.
import { createHash, randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openThrowawayPostgres } from '@carillon/embedded'
import { migrate, migrationsDir } from '@carillon/store'
import { Client } from 'pg'
import { readTestConfig } from './config.ts'

export interface TestDatabase {
  url: string
  drop(): Promise<void>
}

export interface TestDatabaseOptions {
  /** Without tables, for what makes its own. */
  empty?: boolean
  /** Another server than the run's. */
  server?: string | undefined
}

// "cari", "tmpl".
const lockKeys = [0x63617269, 0x746d706c]

/** On the server that CARILLON_TEST_POSTGRES names, else on an embedded one that ends with this process. */
export async function openTestDatabase({
  empty = false,
  server: given,
}: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = given ?? readTestConfig().postgres ?? (await openThrowawayPostgres())
  const name = `carillon_test_${randomUUID().replaceAll('-', '')}`
  const template = empty ? 'template0' : await ensureTemplate(server)
  await runOn(server, `CREATE DATABASE ${name} TEMPLATE ${template}`)
  return {
    url: toDatabaseUrl(server, name),
    drop: () => runOn(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

async function ensureTemplate(server: string): Promise<string> {
  const name = `carillon_template_${await hashMigrations()}`
  const client = await connect(server)
  try {
    // Threads, and other runs on the same server, wait for the first.
    await client.query('SELECT pg_advisory_lock($1, $2)', lockKeys)
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (!rowCount) await makeTemplate(client, server, name)
    return name
  } finally {
    await client.end()
  }
}

/** Under another name until it is whole: a run that is killed leaves no half template. */
async function makeTemplate(client: Client, server: string, name: string): Promise<void> {
  const draft = `${name}_draft`
  await client.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`)
  await client.query(`CREATE DATABASE ${draft}`)
  await migrate({ connectionString: toDatabaseUrl(server, draft) })
  await client.query(`ALTER DATABASE ${draft} RENAME TO ${name}`)
}

async function hashMigrations(): Promise<string> {
  const names = (await readdir(migrationsDir, { withFileTypes: true })).filter((entry) => entry.isDirectory())
  const hash = createHash('sha256')
  for (const { name } of names.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    hash.update(`${name}\0`).update(await readFile(join(migrationsDir, name, 'migration.sql')))
  }
  return hash.digest('hex').slice(0, 16)
}

function toDatabaseUrl(server: string, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

async function connect(server: string): Promise<Client> {
  const client = new Client({ connectionString: server })
  await client.connect()
  return client
}

async function runOn(server: string, statement: string): Promise<void> {
  const client = await connect(server)
  await client.query(statement).finally(() => client.end())
}
