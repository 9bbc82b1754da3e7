import { appendFile, rename, stat } from 'node:fs/promises'
import type { BrokerEvent } from '@carillon/embedded'
import { createLogger, type Logger, openLineWriter } from '@carillon/telemetry'
import type { DataDir } from '../running/data-dir.ts'
import { explain } from '../running/explain.ts'

const logBytesMax = 32 * 1024 * 1024
const levels = { info: 30, warn: 40, error: 50 }

export interface UpLogs {
  readonly fleet: Logger
  broker(event: BrokerEvent): void
  postgres(message: string): void
  close(): void
}

/** One file, a JSON line each, whoever writes; what grew large moves aside at the next start. */
export async function openLogs({ log, olderLog }: DataDir): Promise<UpLogs> {
  const bytes = await stat(log).then(
    ({ size }) => size,
    () => 0,
  )
  if (bytes > logBytesMax) await rename(log, olderLog)
  const file = openLineWriter(log)
  const write = (service: string, level: number, fields: object) => {
    const line = JSON.stringify({ level, time: Date.now(), service, ...fields })
    void appendFile(log, `${line}\n`).catch(() => undefined)
  }
  return {
    fleet: createLogger({ service: 'up', level: 'info', destination: file }),
    broker: (event) =>
      write('broker', levelOf(event), 'cause' in event ? { ...event, cause: explain(event.cause) } : event),
    postgres: (message) => write('postgres', levels.info, { event: 'postgres.told', message }),
    close: () => file.close(),
  }
}

function levelOf({ event }: BrokerEvent): number {
  if (event.endsWith('.failed')) return levels.error
  return event === 'connection.closed' || event === 'log.cut' || event === 'member.evicted' ? levels.warn : levels.info
}
