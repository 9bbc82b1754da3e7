import { backboneSettings, dataKeysOf } from '@carillon/backbone'
import { parseConfig } from '@carillon/process'
import { keepOperatorAct, openPool, resealData } from '@carillon/store'
import type { Outcome } from '../command.ts'
import type { Config } from '../config.ts'
import { explain } from './explain.ts'
import { nameOperator } from './name-operator.ts'

const { CARILLON_SECRET, CARILLON_DATA_KEYS, DATABASE_URL } = backboneSettings

const WORDS: Readonly<Record<string, string>> = { fanouts: 'broadcasts', heldEvents: 'held events' }

/** The last step of a rotation but one: afterwards the older keys may go. It may be stopped and run again. */
export async function runReseal(
  { environment }: Config,
  { database, json = false }: { database?: string; json?: boolean },
): Promise<Outcome> {
  try {
    const given = { ...environment, ...(database !== undefined && { DATABASE_URL: database }) }
    const settings = parseConfig({ CARILLON_SECRET, CARILLON_DATA_KEYS, DATABASE_URL }, given)
    const pool = openPool({
      connectionString: settings.DATABASE_URL,
      applicationName: 'carillon-reseal',
      max: 2,
      dataKeys: dataKeysOf(settings),
    })
    try {
      const counts = await resealData(pool)
      await keepOperatorAct(pool, { actor: nameOperator(), action: 'reseal', detail: { ...counts } })
      const words = Object.entries(counts).map(([name, count]) => `${count} ${WORDS[name] ?? name}`)
      process.stdout.write(json ? `${JSON.stringify(counts)}\n` : `sealed again: ${words.join(', ')}\n`)
    } finally {
      await pool.end()
    }
    return { exitCode: 0 }
  } catch (error) {
    return {
      problem: explain(error),
      cure: 'Keep every key that is in use in CARILLON_DATA_KEYS, and see ./carillon doctor.',
    }
  }
}
