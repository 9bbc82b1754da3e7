import { expect, test } from 'vitest'
import { createGroupCommit } from './group-commit.ts'

function createSyncs() {
  const running: ((synced: boolean) => void)[] = []
  return { running, sync: () => new Promise<boolean>((resolve) => running.push(resolve)) }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

test('who comes while a sync is under way shares the next one', async () => {
  const { running, sync } = createSyncs()
  const whenSynced = createGroupCommit(sync)
  const first = whenSynced()
  await settle()
  const late = [whenSynced(), whenSynced(), whenSynced()]
  running[0]?.(true)
  expect(await first).toBe(true)
  await settle()
  expect(running).toHaveLength(2)
  running[1]?.(true)
  expect(await Promise.all(late)).toEqual([true, true, true])
})

test('nobody is answered by a sync that began before it asked', async () => {
  const { running, sync } = createSyncs()
  const whenSynced = createGroupCommit(sync)
  const first = whenSynced()
  await settle()
  let isAnswered = false
  const late = whenSynced().then(() => {
    isAnswered = true
  })
  running[0]?.(true)
  await first
  await settle()
  expect(isAnswered).toBe(false)
  running[1]?.(true)
  await late
})

test('a failed sync fails those who wait for the next one too, and the one after it starts afresh', async () => {
  const { running, sync } = createSyncs()
  const whenSynced = createGroupCommit(sync)
  const first = whenSynced()
  await settle()
  const late = whenSynced()
  running[0]?.(false)
  expect(await Promise.all([first, late])).toEqual([false, false])
  await settle()
  const after = whenSynced()
  await settle()
  running[1]?.(true)
  expect(await after).toBe(true)
})
