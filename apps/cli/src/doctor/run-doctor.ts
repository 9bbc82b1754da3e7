import type { Outcome } from '../command.ts'
import type { DoctorOptions } from '../commands/doctor.ts'
import type { Config } from '../config.ts'
import { nameDataDir } from '../running/data-dir.ts'
import { findRunning } from '../running/find-running.ts'
import { checkApi } from './check-api.ts'
import { checkInboxes } from './check-inboxes.ts'
import { checkKafka } from './check-kafka.ts'
import { checkMail } from './check-mail.ts'
import { checkPostgres } from './check-postgres.ts'
import { checkRedis } from './check-redis.ts'
import { checkSealing } from './check-sealing.ts'
import type { Finding } from './finding.ts'
import { renderFindings } from './render-findings.ts'

/** Looks and changes nothing. Exit code 1 when something is broken, so that a script may wait for its 0. */
export async function runDoctor(config: Config, options: DoctorOptions): Promise<Outcome> {
  const found = await findRunning(nameDataDir(config.rootDir, options.data))
  const running = 'problem' in found ? undefined : found
  const { environment } = config
  const database = options.database || environment.DATABASE_URL || running?.database
  const kafka = options.kafka || environment.KAFKA_BROKER || environment.KAFKA_BROKERS || running?.kafka
  if (!database && !kafka && 'problem' in found) return found
  const findings = await Promise.all([
    checkPostgres(database),
    checkSealing(database),
    checkKafka(kafka, environment),
    checkRedis(environment.REDIS_URL),
    checkInboxes(database),
    checkMail(environment),
    checkApi(running),
  ])
  process.stdout.write(options.json ? `${JSON.stringify(describe(findings))}\n` : renderFindings(findings))
  return { exitCode: isWell(findings) ? 0 : 1 }
}

function isWell(findings: readonly Finding[]): boolean {
  return findings.every(({ state }) => state !== 'broken')
}

function describe(findings: readonly Finding[]) {
  return { ok: isWell(findings), findings }
}
