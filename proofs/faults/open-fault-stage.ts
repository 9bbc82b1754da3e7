import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedPostgres } from '@carillon/embedded'
import { type BrokerKind, type FleetStage, openStage, QUICK_SETTINGS, STAGE_SECRET } from '@carillon/testkit'
import { waitUntil } from '../fleet/wait-until.ts'

export interface FaultStage extends FleetStage {
  /** kill -9 of the Postgres server, which nobody else uses; it is started again at once, as a supervisor would. */
  killPostgres(): Promise<void>
  /** What the e-mail process is started with from its next start on. */
  readonly emailEnv: Record<string, string>
  /** The environment of a further process beside the fleet's own. */
  readonly fleetEnv: Readonly<Record<string, string>>
}

/** A fleet with a broker and a Postgres of its own, so that both may be killed; limits of providers are 5 s. */
export async function openFaultStage(broker: BrokerKind): Promise<FaultStage> {
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-faults-'))
  const postgres = await openEmbeddedPostgres({ dataDir })
  const emailEnv: Record<string, string> = {}
  const given = process.env.CARILLON_TEST_POSTGRES
  process.env.CARILLON_TEST_POSTGRES = postgres.url
  const closePostgres = async () => {
    if (given === undefined) delete process.env.CARILLON_TEST_POSTGRES
    else process.env.CARILLON_TEST_POSTGRES = given
    await postgres.close()
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    const stage = await openStage({ broker, envOf: { email: emailEnv } })
    return {
      ...stage,
      emailEnv,
      fleetEnv: environmentOf(stage),
      async killPostgres() {
        const pidFile = await readFile(join(dataDir, 'pgdata', 'postmaster.pid'), 'utf8')
        process.kill(Number.parseInt(pidFile, 10), 'SIGKILL')
        await waitUntil('Postgres back', BACK_MS_MAX, async () => {
          const seen = await readServerPid(stage.pool)
          return { isSo: seen > 0, seen }
        })
      },
      async close(options) {
        await stage.close(options).finally(closePostgres)
      },
    }
  } catch (error) {
    await closePostgres()
    throw error
  }
}

/** Connections that were open when it was killed answer with an error; a new one is let in after the recovery. */
async function readServerPid(pool: FaultStage['pool']): Promise<number> {
  const { rows } = await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid').catch(() => ({ rows: [] }))
  return rows[0]?.pid ?? 0
}

const BACK_MS_MAX = 60_000

function environmentOf({ databaseUrl, kafka, smtp }: FleetStage): Record<string, string> {
  return {
    ...QUICK_SETTINGS,
    DATABASE_URL: databaseUrl,
    KAFKA_BROKER: kafka.connection.brokers.join(','),
    CARILLON_SECRET: STAGE_SECRET,
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(smtp.port),
    SENDER_EMAIL: 'hello@carillon.test',
  }
}
