import type { Fault } from './fault.ts'
import { freezePid } from './processes.ts'

export const REDIS_FAULTS: readonly Fault[] = [
  {
    name: 'Redis flushed',
    async inject({ redis }, _random, quick) {
      const times = quick ? 3 : 20
      for (let done = 0; done < times; done++) {
        await redis.flush()
        await Bun.sleep(250)
      }
      return times
    },
  },
  {
    name: 'Redis killed',
    async inject({ redis }, random, quick) {
      const kills = quick ? 1 : 4
      for (let done = 0; done < kills; done++) {
        await redis.kill()
        await Bun.sleep(random.below(3_000))
        await redis.start()
        await Bun.sleep(random.below(1_000))
      }
      return kills
    },
  },
  {
    name: 'Redis paused',
    async inject({ redis }, _random, quick) {
      await freezePid(redis.readPid(), quick ? 2_000 : 10_000)
      return 1
    },
  },
]
