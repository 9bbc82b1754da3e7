import { describe, expect, it } from 'vitest'
import { needsInfrastructure, needsRedis, needsTools, selectFiles } from './select-files.ts'

const files = [
  'packages/kafka/src/lag.unit.test.ts',
  'packages/kafka/test/lag.int.test.ts',
  'packages/store/test/claim.int.test.ts',
  'e2e/spine.e2e.test.ts',
]

describe('the tests that are chosen', () => {
  it('are all when nothing is said', () => {
    expect(selectFiles(files, { paths: [] })).toEqual(files)
  })

  it('are of the suite and under one of the paths', () => {
    expect(selectFiles(files, { paths: [], suite: ['int'] })).toEqual([files[1], files[2]])
    expect(selectFiles(files, { paths: ['packages/kafka', 'e2e'] })).toEqual([files[0], files[1], files[3]])
    expect(selectFiles(files, { paths: ['packages/kafka'], suite: ['int'] })).toEqual([files[1]])
    expect(selectFiles(files, { paths: [], suite: ['unit', 'int'] })).toEqual(files.slice(0, 3))
    expect(selectFiles(files, { paths: ['packages/none'] })).toEqual([])
  })

  it('ask for servers unless all of them are unit tests', () => {
    expect(needsInfrastructure(files.slice(0, 1))).toBe(false)
    expect(needsInfrastructure(files.slice(0, 2))).toBe(true)
  })

  it('ask for Redis by their name', () => {
    expect(files.filter(needsRedis)).toEqual([])
    expect(needsRedis('packages/redis/test/cache.redis.int.test.ts')).toBe(true)
  })

  it('ask for the tools of others by their name', () => {
    expect(files.filter(needsTools)).toEqual([])
    expect(needsTools('packages/kafka/test/codecs.tools.int.test.ts')).toBe(true)
  })
})
