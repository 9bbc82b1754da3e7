import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openScratchDir, runCarillon, type Started, startUp } from './run-carillon.ts'

let scratch: Awaited<ReturnType<typeof openScratchDir>>
let up: Started
let data: string[]

beforeAll(async () => {
  scratch = await openScratchDir()
  // A name that a shell would tear apart.
  const dataDir = join(scratch.path, "it's here")
  data = ['--data', dataDir]
  up = await startUp([...data, '--port', '0', '--kafka-port', '0'])
})

afterAll(async () => {
  expect((await up.stop()).code).toBe(0)
  await scratch.remove()
})

const sentSchema = z.object({
  eventId: z.string().startsWith('evt_'),
  steps: z.array(z.object({ name: z.string(), status: z.string(), detail: z.string(), afterMs: z.number() })),
})

describe('carillon send', () => {
  it('follows a mail to its end and draws each step', async () => {
    const { code, stdout, stderr } = await runCarillon(['send', ...data, '--to', 'ann@example.com', 'hello'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = stdout.trim().split('\n')
    expect(lines[0]).toMatch(/^· accepted +DURABLE +\d+ ms +evt_\w+$/)
    expect(lines[1]).toMatch(/^ +· planned +PLANNED +\d+ ms +\S+$/)
    expect(lines.at(-1)).toMatch(/^ +✓ EMAIL +SENT +\d+ ms/)
  })

  it('reaches a user who is known by an id only in the inbox', async () => {
    const { code, stdout } = await runCarillon(['send', ...data, '--to', 'user-7', 'hello', '--json'])
    expect(code).toBe(0)
    const { steps } = sentSchema.parse(JSON.parse(stdout))
    expect(steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'accepted DURABLE',
      'planned PLANNED',
      'IN_APP DELIVERED',
    ])
  })

  it('sends a text message to a number', async () => {
    const { code, stdout } = await runCarillon(['send', ...data, '--to', '+4915112345678', 'hello'])
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/✓ SMS +SENT +\d+ ms/) })
  })

  it('says what is wrong with an event that is not valid', async () => {
    const { code, stdout, stderr } = await runCarillon(['send', ...data, '--to', 'a@@b', 'hello'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      /^carillon: The event is not valid \(422\)\n {2}recipients\.0\.email: .*\nChange what is wrong/,
    )
  })

  it('takes no message without anybody to send it to, and no odd limit', async () => {
    expect(await runCarillon(['send', ...data, 'hello'])).toMatchObject({ code: 2, stdout: '' })
    const odd = await runCarillon(['send', ...data, '--to', 'a@example.com', '--timeout', 'soon', 'hello'])
    expect(odd.code).toBe(2)
    expect(odd.stderr).toContain('Seconds are a number')
  })
})

describe('carillon outbox', () => {
  it('shows each simulated message on a line, and as JSON with all that identifies it', async () => {
    const at = Date.now()
    await runCarillon(['send', ...data, '--to', 'bob@example.com', '--title', 'Your\tparcel', 'is here'])
    const table = await runCarillon(['outbox', ...data])
    expect(table.stdout).toMatch(/EMAIL +bob@example\.com +Your parcel +[0-9a-f-]{36}\n$/)
    const json = await runCarillon(['outbox', ...data, '--json'])
    const message = z
      .object({
        channel: z.literal('EMAIL'),
        to: z.string(),
        subject: z.string(),
        deliveryId: z.uuid(),
        at: z.iso.datetime(),
      })
      .parse(JSON.parse(json.stdout.trim().split('\n').at(-1) ?? ''))
    expect(message.to).toBe('bob@example.com')
    expect(Date.parse(message.at)).toBeGreaterThanOrEqual(at)
  })
})

describe('carillon topics and lag', () => {
  it('print what is there, and how far each group is behind', async () => {
    const topics = await runCarillon(['topics', ...data])
    expect(topics.code).toBe(0)
    expect(topics.stdout).toMatch(/^notification\.events +3 +1 +7 days/m)
    const json = await runCarillon(['topics', ...data, '--json'])
    const described = z.array(z.object({ name: z.string(), partitions: z.number() })).parse(JSON.parse(json.stdout))
    expect(described).toContainEqual(expect.objectContaining({ name: 'notification.deliveries.dlq', partitions: 1 }))
    await runCarillon(['send', ...data, '--to', 'lag@example.com', 'hello'])
    const lag = await runCarillon(['lag', ...data, '--json'])
    const rows = z
      .array(z.object({ groupId: z.string(), topic: z.string(), lag: z.number(), isConsumed: z.boolean() }))
      .parse(JSON.parse(lag.stdout))
    expect(rows).toContainEqual({ groupId: 'router', topic: 'notification.events', lag: 0, isConsumed: true })
    expect((await runCarillon(['lag', ...data])).stdout).toMatch(/^router +notification\.events +0$/m)
  })

  it('say in a sentence that a Kafka does not answer', async () => {
    for (const command of ['topics', 'lag']) {
      const { code, stdout, stderr } = await runCarillon([command, '--kafka', '127.0.0.1:1'])
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(/^carillon: Kafka at 127\.0\.0\.1:1: .*ECONNREFUSED.*\nLook whether it runs there/)
    }
  })
})

describe('the commands', () => {
  it('say where they looked when nothing runs', async () => {
    const elsewhere = join(scratch.path, 'elsewhere')
    for (const command of [['send', '--to', 'a@example.com', 'hello'], ['topics'], ['lag']]) {
      const { code, stdout, stderr } = await runCarillon([...command, '--data', elsewhere])
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
      expect(stderr).toMatch(new RegExp(`^carillon: nothing is running on ${elsewhere}\nStart it with ./carillon up`))
    }
    const { code, stdout } = await runCarillon(['outbox', '--data', elsewhere])
    expect({ code, stdout }).toEqual({ code: 0, stdout: `Nothing was simulated in ${elsewhere} so far.\n` })
  })

  it('show a data directory in a form that can be pasted', () => {
    expect(up.output()).toContain(`./carillon outbox --data '${scratch.path}/it'\\''s here'`)
  })
})

describe('carillon audit', () => {
  it('reads the running database and finds nothing in it', async () => {
    const { code, stdout, stderr } = await runCarillon(['audit', ...data])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^0 findings under \d+ rules\. Rows read: NotificationDelivery [1-9]\d*, Notification [1-9]/)
  })

  it('says where it looked when nobody is there', async () => {
    const nowhere = 'postgresql://nobody@127.0.0.1:1/nothing'
    const { code, stdout, stderr } = await runCarillon(['audit', '--database', nowhere, '--json'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^carillon: the audit did not come to its end: .*ECONNREFUSED/)
  })
})
