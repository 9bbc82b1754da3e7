import { openPool } from '@carillon/store'
import { openStage } from '@carillon/testkit'
import { measureSteps } from './clock/measure-steps.ts'
import { measureTimers } from './clock/measure-timers.ts'
import { percentile } from './clock/percentile.ts'
import { raceClocks } from './clock/race-clocks.ts'
import { insertSteps } from './clock/rows.ts'
import { brokerKindOf } from './fleet/broker-kind.ts'
import type { Proof } from './proof.ts'

const HOUR_SECONDS = 3_600
const STEP_MS_MAX = 75
const TIMER_MS_MAX = 100

/**
 * Due → handed to the channel topic, measured by the clock's own loops with few and with many rows waiting; then
 * timers; then two clocks, of which one is killed every second. The limits of time hold for a machine that does nothing
 * else, so the quick form only counts.
 */
export const proof: Proof = {
  name: 'clock',
  summary: 'steps and timers are punctual with a million waiting, and two clocks fire each step once',
  async run({ quick, on, print }) {
    const opened = await openStage({ broker: brokerKindOf(on), apps: [] })
    // As the fleet's own processes open it.
    const pool = openPool({
      connectionString: opened.databaseUrl,
      max: 4,
      applicationName: 'proof',
      hot: true,
      dataKeys: 'none',
    })
    const stage = { ...opened, pool }
    const figures: Record<string, number | string> = {}
    const failures: string[] = []
    const expect = (what: string, isSo: boolean) => void (isSo || failures.push(what))
    try {
      let waiting = 0
      for (const many of quick ? [10_000] : [10_000, 1_000_000]) {
        await insertSteps(stage.pool, many - waiting, HOUR_SECONDS, HOUR_SECONDS)
        waiting = many
        await stage.pool.query('ANALYZE "NotificationDelivery"')
        const steps = quick ? 400 : 2_000
        const { latenciesMs, early } = await measureSteps(stage, steps, quick ? 4 : 20)
        const [p50, p99] = [percentile(latenciesMs, 0.5), percentile(latenciesMs, 0.99)]
        figures[`due to handed over, ${many} waiting`] = `p50 ${p50} ms, p99 ${p99} ms`
        print(`${many} waiting: p50 ${p50} ms, p99 ${p99} ms`)
        expect(`${many} waiting: each fired once`, latenciesMs.length === steps)
        expect(`${many} waiting: none early`, early === 0)
        expect(`${many} waiting: p99 at most ${STEP_MS_MAX} ms`, quick || p99 <= STEP_MS_MAX)
      }
      const timers = quick ? 1_000 : 10_000
      const { deviationsMs, told } = await measureTimers(stage, timers, quick ? 4 : 60)
      const [worst, p99] = [Math.max(...deviationsMs), percentile(deviationsMs, 0.99)]
      figures[`${timers} timers, after their time`] = `p99 ${p99} ms, worst ${worst} ms`
      print(`${timers} timers: p99 ${p99} ms, worst ${worst} ms`)
      expect('each timer told once', told === timers && deviationsMs.length === timers)
      expect('no timer early', Math.min(...deviationsMs) >= 0)
      expect(`timers within ${TIMER_MS_MAX} ms`, quick || worst <= TIMER_MS_MAX)

      const raced = quick ? 2_000 : 100_000
      const { kills, fired, ...rest } = await raceClocks(stage, raced, quick ? 4 : 60)
      Object.assign(figures, { 'steps for two clocks': raced, kills, ...fired, ...rest })
      expect('two clocks fire each step once', fired['fired 1 times'] === raced && rest.unfired === 0)
      expect('clocks were killed', kills > 0)
      return { passed: failures.length === 0, figures: { ...figures, 'not so': failures.join('; ') || 0 } }
    } finally {
      await pool.end()
      await opened.close()
    }
  },
}
