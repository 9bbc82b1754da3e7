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

export async function openPostgresHere(): Promise<Server> {
  const { openThrowawayPostgres } = await import('@carillon/embedded')
  return {
    label: 'the embedded Postgres',
    variable: 'CARILLON_TEST_POSTGRES',
    url: await openThrowawayPostgres(),
    // It ends with this process, also where that is killed.
    close: async () => {},
  }
}
