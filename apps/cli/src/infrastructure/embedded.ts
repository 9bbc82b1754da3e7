import type { Server } from './open.ts'

export async function openBrokerHere(dataDir: string): Promise<Server> {
  const { openBroker } = await import('@carillon/embedded')
  const broker = await openBroker({ dataDir, port: 0 })
  return {
    label: 'the embedded broker',
    variable: 'CARILLON_TEST_KAFKA',
    url: `${broker.host}:${broker.port}`,
    close: () => broker.close(),
  }
}

export async function openPostgresHere(dataDir: string): Promise<Server> {
  const { openEmbeddedPostgres } = await import('@carillon/embedded')
  const postgres = await openEmbeddedPostgres({ dataDir, profile: 'test' })
  return {
    label: 'the embedded Postgres',
    variable: 'CARILLON_TEST_POSTGRES',
    url: postgres.url,
    close: () => postgres.close(),
  }
}
