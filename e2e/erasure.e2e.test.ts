import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  dumpTables,
  type ErasureStage,
  EVENT,
  expectNothingOf,
  guest,
  guestId,
  leaveTraces,
  openErasureStage,
  readLogs,
  TITLE,
  waitForEnds,
} from './person-to-erase.ts'

let opened: ErasureStage

beforeAll(async () => {
  opened = await openErasureStage()
})

afterAll(() => opened?.close(), 60_000)

it('after an erasure no table and no line of the log has address, phone, token or text, and suppressions hold', async () => {
  const { stage } = opened
  const { api, smtp } = stage
  await leaveTraces(stage)
  // The test sees what it looks for while it is there; contacts rest sealed even then.
  expect(await dumpTables(stage)).toContain(TITLE)

  for (const id of ['ada', guestId]) expect((await api.call('DELETE', `/api/users/${id}`)).status).toBe(200)
  const logs = await readLogs(stage)
  expectNothingOf('a table', await dumpTables(stage))
  expectNothingOf('a log', logs)
  expect(logs).toContain('delivery.attempted')
  await api.post({ ...EVENT, recipients: [{ userId: 'somebody', email: guest }], channels: ['EMAIL'] })
  await waitForEnds(stage, 'somebody', ['EMAIL SUPPRESSED'])
  expect((await smtp.accepted()).length).toBe(1)
}, 120_000)
