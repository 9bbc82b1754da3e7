import type { Random } from '../fleet/random.ts'
import { BROADCAST_FAULTS } from './broadcast-faults.ts'
import { BROKER_FAULTS } from './broker-faults.ts'
import { CALLBACK_FAULTS } from './callback-faults.ts'
import type { Fault } from './fault.ts'
import { PEOPLE_FAULTS } from './people-faults.ts'
import { POSTGRES_FAULTS } from './postgres-faults.ts'
import { KILLS_OF_ANY, PROCESS_FAULTS } from './process-faults.ts'
import { PROVIDER_FAULTS } from './provider-faults.ts'
import { REDIS_FAULTS } from './redis-faults.ts'
import { ZONE_FAULTS } from './zone-faults.ts'

const FAULTS: readonly Fault[] = [
  KILLS_OF_ANY,
  ...PROCESS_FAULTS,
  ...POSTGRES_FAULTS,
  ...BROKER_FAULTS,
  ...REDIS_FAULTS,
  ...PROVIDER_FAULTS,
  ...CALLBACK_FAULTS,
  ...PEOPLE_FAULTS,
  ...BROADCAST_FAULTS,
  ...ZONE_FAULTS,
]

/** With the kills of the other rounds they are a thousand. */
const FURTHER_ROUNDS_OF_KILLS = 13

const QUICK = new Set([
  'kill -9 of any process',
  'kill -9 between hand-over and record',
  'connections to Postgres and the mail server cut',
  'committed, and the answer lost',
  'records that are no records',
  'Redis flushed',
  'mail server: taken, and the answer lost',
  'callbacks doubled, reversed, forged, lost, late and early',
  'preferences changed while messages wait',
  'read before it is created',
])

export interface Wanted {
  readonly quick: boolean
  /** Those alone whose name holds one of these words, which commas part. */
  readonly only: string
}

/** Everything once, in an order that the seed gives, then what is left of the kills. */
export function planSchedule({ quick, only }: Wanted, random: Random): readonly Fault[] {
  const words = only.split(',')
  const isWanted = ({ name }: Fault) => (only ? words.some((word) => name.includes(word)) : !quick || QUICK.has(name))
  const chosen = FAULTS.filter(isWanted)
  if (chosen.length === 0) throw new Error(`no fault is called "${only}": ${FAULTS.map(({ name }) => name).join('; ')}`)
  if (quick || only) return chosen
  return [...random.shuffle(chosen), ...Array.from({ length: FURTHER_ROUNDS_OF_KILLS }, () => KILLS_OF_ANY)]
}
