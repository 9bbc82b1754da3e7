import type { Figure } from './figure.ts'
import { apiFigures } from './figures/api.ts'
import { firing, punctuality } from './figures/clock.ts'
import { endToEnd } from './figures/end-to-end.ts'
import { fleetFigures } from './figures/fleet.ts'
import { fullTables } from './figures/full-tables.ts'
import { idleFigures } from './figures/idle.ts'
import { router } from './figures/router.ts'
import { besideSlow, claimSendRecord, slowProvider } from './figures/worker.ts'

/** What leaks does so with every message, so half a million of them say as much as three. */
const memory: Figure = {
  name: 'memory after many notifications',
  of: 'resident memory of each process after 500,000 notifications',
  against: 'after a tenth of them',
  goal: 1.1,
  isCeiling: true,
  elsewhere: './carillon prove soak',
}

const absent = (name: string, of: string, against: string, goal: number): Figure => ({ name, of, against, goal })

/** Every figure that is promised; those without a program yet are named all the same. */
export const FIGURES: readonly Figure[] = [
  ...apiFigures,
  router,
  claimSendRecord,
  slowProvider,
  firing,
  punctuality,
  ...fleetFigures,
  besideSlow,
  memory,
  fullTables,
  endToEnd,
  ...idleFigures,
  absent('events a second to 10,000 streams', 'the inbox’s streams', 'a bare stream loop', 0.8),
]
