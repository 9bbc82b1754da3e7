import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { expect, test } from 'vitest'

const BYTES_MAX = 12_000
const ANSWER = '{"unreadCount":2,"unseenCount":1,"eventId":"evt_1","recipientCount":1}'

function bundle(): string {
  const command = ['build', join(import.meta.dirname, 'page.ts'), '--target=browser', '--format=iife', '--minify']
  const built = Bun.spawnSync([process.execPath, ...command])
  expect(built.exitCode, built.stderr.toString()).toBe(0)
  return built.stdout.toString()
}

test('the client works with nothing but what every browser has, and is small', async () => {
  const code = bundle()
  const asked: string[] = []
  const page: Record<string, unknown> = createContext({
    ...{ crypto, AbortSignal, URLSearchParams, setTimeout },
    fetch: async (url: string) => {
      asked.push(url)
      return new Response(ANSWER, { headers: { 'content-type': 'application/json' } })
    },
  })
  runInContext(code, page)
  expect(await page.done).toEqual([{ ...JSON.parse(ANSWER) }, { eventId: 'evt_1', recipientCount: 1 }])
  expect(asked).toEqual(['https://notify.test/api/notifications/unread-count', 'https://notify.test/api/notifications'])
  expect(code.length).toBeLessThan(BYTES_MAX)
})
