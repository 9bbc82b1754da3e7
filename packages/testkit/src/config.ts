/** What a run of the tests says, and what a program needs of whoever runs it: nothing else here reads the environment. */
export interface TestConfig {
  readonly on: 'embedded' | 'kafka'
  /** The broker of the run; absent where each opens its own. */
  readonly kafka: string | undefined
  /** The server on which each test makes its database; absent where an embedded one is opened. */
  readonly postgres: string | undefined
  readonly redis: string | undefined
  /** Whether clients say what goes wrong while they try again. */
  readonly isLoud: boolean
}

export function readTestConfig(): TestConfig {
  const { CARILLON_TEST_ON, CARILLON_TEST_KAFKA, CARILLON_TEST_POSTGRES, CARILLON_TEST_REDIS, CARILLON_TEST_LOG } =
    process.env
  return {
    on: CARILLON_TEST_ON === 'kafka' ? 'kafka' : 'embedded',
    kafka: CARILLON_TEST_KAFKA || undefined,
    postgres: CARILLON_TEST_POSTGRES || undefined,
    redis: CARILLON_TEST_REDIS || undefined,
    isLoud: CARILLON_TEST_LOG !== undefined,
  }
}

/** For tests that a run without Redis leaves out. */
export function readRedisUrl(): string {
  const { redis } = readTestConfig()
  if (!redis) throw new Error('these tests need Redis: ./carillon test --on kafka, or CARILLON_TEST_REDIS')
  return redis
}

// The marks are those by which a run finds what it left behind.
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'CARILLON_RUN_MARK', 'CARILLON_CI_MARK']

/** Of whoever runs the test, only what a program needs: the settings of a shell must not reach what is tested. */
export function childEnvironment(): Record<string, string> {
  return Object.fromEntries(INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}
