import type { Figure } from './figure.ts'
import { apiFigures } from './figures/api.ts'
import { firing, punctuality } from './figures/clock.ts'
import { endToEnd } from './figures/end-to-end.ts'
import { fleetFigures } from './figures/fleet.ts'
import { idleFigures } from './figures/idle.ts'
import { router } from './figures/router.ts'
import { besideSlow, claimSendRecord, slowProvider } from './figures/worker.ts'

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
  absent('processor time at 2,000,000 rows', '80 partitions, 200,000 people', 'at the base', 1.2),
  endToEnd,
  ...idleFigures,
  absent('events a second to 10,000 streams', 'the inbox’s streams', 'a bare stream loop', 0.8),
]
