import { describeSharedMemory } from '../test/conformance.ts'
import { createMemoryTwin } from './redis.ts'

describeSharedMemory('in memory', async () => {
  let nowMs = 0
  const { limiter } = createMemoryTwin(() => nowMs)
  return {
    ...createMemoryTwin(),
    limiter,
    advance(ms) {
      nowMs += ms
    },
  }
})
