import { mkdir } from 'node:fs/promises'
import type { Server } from './open.ts'

export async function openBrokerHere(dataDir: string): Promise<Server> {
  const { openBroker } = await import('@carillon/embedded')
  await mkdir(dataDir, { recursive: true })
  const broker = await openBroker({ dataDir, port: 0 })
  return {
    label: 'the embedded broker',
    variable: 'CARILLON_TEST_KAFKA',
    url: broker.address,
    close: () => broker.close(),
  }
}

export async function openPostgresHere(dataDir: string): Promise<Server> {
  const { openEmbeddedPostgres } = await import('@carillon/embedded')
  const postgres = await openEmbeddedPostgres({ dataDir })
  return {
    label: 'the embedded Postgres',
    variable: 'CARILLON_TEST_POSTGRES',
    url: postgres.url,
    close: () => postgres.close(),
  }
}
