import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{packages,apps}/*/{src,test}/**/*.test.ts', 'e2e/**/*.test.ts', 'scripts/**/*.test.ts'],
    // Bun cannot run vitest's default forks pool.
    pool: 'threads',
    // Most of them wait for processes more than they compute.
    maxWorkers: 4,
    testTimeout: 30_000,
    // Fleets on one broker run one after the other: opening one takes as long as those before it. The first broker of a
    // clone is downloaded.
    hookTimeout: 300_000,
  },
})
