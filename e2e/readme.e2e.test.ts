import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { acceptedSchema, eventStatusSchema } from '@carillon/contracts'
import { childEnvironment, type FleetStage } from '@carillon/testkit'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openSharedStage } from './open-shared-stage.ts'

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)

/** Every block of shell in a page, in order. */
function readShellBlocks(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8')
  return [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => block)
}

describe('the README', () => {
  let stage: FleetStage

  beforeAll(async () => {
    stage = await openSharedStage()
  })
  afterAll(() => stage?.close())

  async function runShell(block: string): Promise<string> {
    const env = { ...childEnvironment(), CARILLON_URL: stage.api.url, CARILLON_API_KEY: stage.api.token }
    return (await run('sh', ['-ec', block], { env, cwd: root })).stdout
  }

  it("shows two curls that work: the mail is in Ann's mailbox, and the status says so", async () => {
    const [putUser, postEvent] = readShellBlocks('README.md').filter((block) => block.includes('curl'))
    expect(JSON.parse(await runShell(putUser ?? ''))).toMatchObject({ email: 'ann@example.com' })
    const accepted = acceptedSchema.parse(JSON.parse(await runShell(postEvent ?? '')))
    expect(accepted.recipientCount).toBe(1)

    await stage.smtp.waitForAccepted(1, 20_000)
    const mail = await stage.smtp.readMail(1)
    expect(mail).toMatchObject({ subject: 'Approved' })
    expect(mail.html).toContain('Open the event')

    const status = await vi.waitFor(async () => {
      const event = eventStatusSchema.parse((await stage.api.call('GET', accepted.statusUrl)).body)
      expect(event.deliveries).toEqual({ SENT: 1, DELIVERED: 1 })
      return event
    }, 10_000)
    const { body } = await stage.api.readDeliveryStatus(status.notificationIds[0] ?? '')
    const states = Object.fromEntries(body.deliveries.map(({ channel, status: state }) => [channel, state]))
    expect(states).toEqual({ EMAIL: 'SENT', IN_APP: 'DELIVERED' })
  })

  it('shows an answer in the shape that the API gives', () => {
    const text = readFileSync(join(root, 'README.md'), 'utf8')
    const [, json = ''] = /```json\n([\s\S]*?)```/.exec(text) ?? []
    expect(() => acceptedSchema.parse(JSON.parse(json))).not.toThrow()
  })

  it('names only commands that there are', async () => {
    const { stdout } = await run('sh', ['./carillon', '--help'], { cwd: root })
    const commands = readShellBlocks('README.md').flatMap((block) => [...block.matchAll(/\.\/carillon (\w+)/g)])
    expect(commands.length).toBeGreaterThan(3)
    for (const [, name = ''] of commands) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'))
  })
})
