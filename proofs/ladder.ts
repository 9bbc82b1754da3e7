import { auditStage, describeFindings } from './fleet/audit-stage.ts'
import { brokerKindOf } from './fleet/broker-kind.ts'
import { createRandom } from './fleet/random.ts'
import { readOpenWork } from './fleet/read-open-work.ts'
import { waitUntil } from './fleet/wait-until.ts'
import { judgeLadders, type LadderVerdict } from './ladder/judge-ladders.ts'
import { openLadderStage } from './ladder/open-ladder-stage.ts'
import { raceLadders } from './ladder/race-ladders.ts'
import type { Proof } from './proof.ts'

const REST_MS_MAX = 120_000
// A race that is always won by the same side proves nothing.
const SHARE_MIN = 0.05

/** Reads around the very time at which the text message or the mail of a ladder fires. */
export const proof: Proof = {
  name: 'ladder',
  summary: 'no rung of a ladder is handed over after a read that was answered before it',
  async run({ seed, quick, on, print }) {
    const random = createRandom(seed)
    const races = quick ? 300 : 10_000
    const { stage, twilio, close } = await openLadderStage(brokerKindOf(on))
    try {
      const raced = await raceLadders(stage, { races, perSecond: 40, random })
      print(`${raced.length} reads were answered`)
      await waitUntil('every rung at its end', REST_MS_MAX, async () => {
        const seen = await readOpenWork(stage)
        return { isSo: Object.values(seen).every((count) => count === 0), seen }
      })
      const messages = [...(await stage.smtp.accepted()), ...(await twilio.accepted())]
      const verdict = await judgeLadders(
        stage,
        raced,
        messages.map(({ deliveryId, at }) => ({ deliveryId, at })),
      )
      for (const [what, found] of Object.entries(verdict.violations))
        for (const one of found.slice(0, 3)) print(`${what}: ${one}`)
      const findings = await auditStage(stage)
      return {
        passed: isHeld(verdict, races) && findings.length === 0,
        figures: {
          races,
          ...verdict.outcomes,
          'reads that were asked for more than once': raced.filter(({ stopped }) => stopped === null).length,
          'asked within 50 ms of the rung’s time': verdict.close,
          'messages that went out': messages.length,
          ...Object.fromEntries(Object.entries(verdict.violations).map(([what, found]) => [what, found.length])),
          'findings of the audit': describeFindings(findings),
          'processes that ended by themselves': stage.fleet.readUnexpectedExits().join(', ') || 0,
        },
      }
    } finally {
      await close()
    }
  },
}

function isHeld({ outcomes, violations }: LadderVerdict, races: number): boolean {
  const sides = ['SMS stopped', 'SMS went out', 'EMAIL stopped', 'EMAIL went out']
  const isRaced = sides.every((side) => (outcomes[side] ?? 0) >= SHARE_MIN * races * 0.5)
  return isRaced && Object.values(violations).every((found) => found.length === 0)
}
