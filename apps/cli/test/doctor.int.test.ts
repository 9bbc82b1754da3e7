import { topicDefinitions } from '@carillon/contracts'
import { type Broker, openBroker } from '@carillon/embedded'
import { createTopics } from '@carillon/kafka'
import { openPool } from '@carillon/store'
import { type FakeSmtp, openFakeSmtp, openTestDatabase } from '@carillon/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openScratchDir, runCarillon } from './up/run-carillon.ts'

let broker: Broker
let smtp: FakeSmtp
let well: Record<string, string>
let data: string[]
const closers: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const scratch = await openScratchDir()
  const database = await openTestDatabase()
  broker = await openBroker({ dataDir: `${scratch.path}/broker` })
  smtp = await openFakeSmtp({ auth: { user: 'carillon', pass: 'right' } })
  closers.push(scratch.remove, database.drop, broker.close, () => smtp.close())
  await createAllTopics()
  data = ['--data', `${scratch.path}/nothing-runs-here`]
  well = {
    DATABASE_URL: database.url,
    KAFKA_BROKER: broker.address,
    REDIS_URL: '',
    SMTP_HOST: smtp.host,
    SMTP_PORT: String(smtp.port),
    SMTP_USER: 'carillon',
    SMTP_PASS: 'right',
  }
})

afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

async function createAllTopics(): Promise<void> {
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const topics = createTopics({ connection: { brokers: [broker.address], clientId: 'test' }, log })
  await topics.ensureTopics(topicDefinitions(1))
  await topics.close()
}

/** The lines of what is not well: its name, then cause and cure. */
async function examine(changes: Record<string, string>) {
  const { code, stdout, stderr } = await runCarillon(['doctor', ...data], { ...well, ...changes })
  expect(stderr).toBe('')
  const [sick = '', cause = '', cure = ''] = stdout
    .split('\n')
    .slice(stdout.split('\n').findIndex((line) => line.startsWith('✗')))
  return { code, stdout, sick, cause: cause.trim(), cure: cure.trim() }
}

it('finds everything well, and ends with 0', async () => {
  const { code, stdout } = await examine({})
  expect({ code, stdout }).toMatchObject({ code: 0 })
  expect(stdout).toMatch(
    /^✓ postgres .*schema up to date\n– contacts .*\n✓ kafka .*all \d+ topics are there\n– redis .*\n– inboxes .*\n✓ mail .*signed in\n/,
  )
  expect(stdout).toContain('Everything that the fleet needs is there.')
})

it('names a Kafka that is down, and how to get one', async () => {
  const { code, sick, cause, cure } = await examine({ KAFKA_BROKER: '127.0.0.1:1' })
  expect([code, sick]).toEqual([1, expect.stringMatching(/^✗ kafka +127\.0\.0\.1:1$/)])
  expect(cause).toMatch(/^cause +nothing listens there: .*ECONNREFUSED/)
  expect(cure).toMatch(/^cure +Start Kafka at 127\.0\.0\.1:1, or correct KAFKA_BROKER/)
})

it('names a Postgres that is down, and never its password', async () => {
  const { code, stdout, sick, cause, cure } = await examine({
    DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/carillon',
  })
  expect([code, sick]).toEqual([1, expect.stringMatching(/^✗ postgres +postgres:\/\/me@127\.0\.0\.1:1\/carillon$/)])
  expect(cause).toMatch(/^cause +nothing listens there: .*ECONNREFUSED/)
  expect(cure).toMatch(/^cure +Start Postgres at /)
  expect(stdout).not.toContain('secret')
})

it('names a wrong SMTP password, and never the password', async () => {
  const { code, stdout, sick, cause, cure } = await examine({ SMTP_PASS: 'wrong-one' })
  expect([code, sick]).toEqual([1, `✗ mail      ${smtp.host}:${smtp.port}`])
  expect(cause).toMatch(/^cause +smtp_credentials: .*535/)
  expect(cure).toMatch(/^cure +Correct SMTP_USER and SMTP_PASS/)
  expect(stdout).not.toContain('wrong-one')
})

it('names a topic that is missing, and the command that makes it', async () => {
  const other = await openBroker({ dataDir: `${data[1]}-other-broker` })
  const topics = createTopics({
    connection: { brokers: [other.address], clientId: 'test' },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })
  await topics.ensureTopics(topicDefinitions(1).filter(({ name }) => name !== 'notification.sms.urgent'))
  await topics.close()
  const { code, cause, cure } = await examine({ KAFKA_BROKER: other.address })
  expect([code, cause]).toEqual([
    1,
    expect.stringMatching(/^cause +1 of \d+ topics are missing: notification\.sms\.urgent$/),
  ])
  expect(cure).toBe(`cure   Run ./carillon topics --kafka ${other.address}.`)
  expect((await runCarillon(['topics', '--kafka', other.address])).code).toBe(0)
  expect((await examine({ KAFKA_BROKER: other.address })).code).toBe(0)
  await other.close()
})

it('says all of it in one line of JSON', async () => {
  const { code, stdout } = await runCarillon(['doctor', ...data, '--json'], {
    ...well,
    REDIS_URL: 'redis://127.0.0.1:1',
  })
  const { ok, findings } = JSON.parse(stdout)
  expect([code, ok]).toEqual([0, true])
  expect(findings).toContainEqual(expect.objectContaining({ name: 'redis', state: 'worth a look' }))
})

it('says when contacts rest in the clear, and is silent of what is sealed', async () => {
  const database = await openTestDatabase()
  const pool = openPool({ connectionString: database.url, max: 1, applicationName: 'test' })
  const add = (id: string, email: string) =>
    pool.query(`INSERT INTO "User"("tenantId", id, email) VALUES ('default', $1, $2)`, [id, email])
  await add('ada', 'c1.0a1b2c3d.sealed')
  expect((await examine({ DATABASE_URL: database.url })).stdout).toMatch(/✓ contacts +1 people .*all sealed\n/)
  await add('bob', 'bob@mail.test')
  const { code, stdout } = await examine({ DATABASE_URL: database.url })
  expect({ code, stdout }).toMatchObject({ code: 0 })
  expect(stdout).toMatch(
    /! contacts +2 people .*\n +cause +1 of them rest in the clear\n +cure +Run .\/carillon reseal/,
  )
  await pool.end()
  await database.drop()
})

it('names the process that does not keep inboxes as the others do', async () => {
  const database = await openTestDatabase()
  const connect = async (applicationName: string) => {
    const pool = openPool({ connectionString: database.url, max: 1, applicationName })
    await pool.query('SELECT 1')
    return pool
  }
  const changes = { DATABASE_URL: database.url }
  const pools = [await connect('carillon-api+inboxes'), await connect('carillon-reseal')]
  expect((await examine(changes)).stdout).toMatch(/✓ inboxes +first pages in Redis, kept by api\n/)
  pools.push(await connect('carillon-email'))
  const { code, sick, cause, cure } = await examine(changes)
  expect([code, sick]).toEqual([1, expect.stringMatching(/^✗ inboxes/)])
  expect(cause).toContain('off in email:')
  expect(cure).toMatch(/^cure +Set NOTIFICATION_CACHE and REDIS_URL alike/)
  await Promise.all(pools.map((pool) => pool.end()))
  await database.drop()
})

it('finds a schema that is behind, and the command that it names brings it up to date', async () => {
  const database = await openTestDatabase()
  const pool = openPool({ connectionString: database.url, max: 1, applicationName: 'test' })
  const name = `empty_${crypto.randomUUID().slice(0, 8)}`
  await pool.query(`CREATE DATABASE ${name}`)
  const empty = { DATABASE_URL: replaceName(database.url, name) }
  expect((await examine(empty)).cure).toBe('cure   Run ./carillon migrate with the same DATABASE_URL.')
  expect((await runCarillon(['migrate'], empty)).stdout).toMatch(/^applied \d+_\w+\n/)
  expect((await runCarillon(['migrate'], empty)).stdout).toBe('The schema is up to date.\n')
  expect((await examine(empty)).code).toBe(0)
  await pool.query(`DROP DATABASE ${name}`)
  await pool.end()
  await database.drop()
})

function replaceName(url: string, name: string): string {
  return url.replace(/(?<!\/)\/[^/?]+(?=\?|$)/, `/${name}`)
}
