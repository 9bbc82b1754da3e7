import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{packages,apps}/*/{src,test}/**/*.test.ts', 'e2e/**/*.test.ts', 'scripts/**/*.test.ts'],
    // Bun cannot run vitest's default forks pool.
    pool: 'threads',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
