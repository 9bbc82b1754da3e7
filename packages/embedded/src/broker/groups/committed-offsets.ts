import { closeSync, existsSync, fdatasync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { createGroupCommit } from '../log/group-commit.ts'
import { replaceFile } from '../storage/replace-file.ts'
import { decodeEntries, encodeEntries, type OffsetEntry } from './offset-entry.ts'

// What consumer groups have committed: in memory for reading, in an append-only log for the next start. The log is
// rewritten when most of it has been replaced by later entries.

export interface CommittedOffsets {
  readonly bytesCut: number
  // Applies all of them or, when the disk refuses, none.
  store(entries: readonly OffsetEntry[]): boolean
  whenDurable(): Promise<boolean>
  find(groupId: string, topic: string, partition: number): OffsetEntry | undefined
  listGroups(): string[]
  listEntries(groupId: string): OffsetEntry[]
  listTopicEntries(topic: string): OffsetEntry[]
  close(): Promise<void>
}

export interface CommittedOffsetsDeps {
  readonly countSync: () => void
  readonly reportFailure: (action: string, cause: unknown) => void
}

const rewriteFromBytes = 4 * 1024 * 1024
const rewriteAtGrowth = 4
const syncData = promisify(fdatasync)

export function openCommittedOffsets(path: string, deps: CommittedOffsetsDeps): CommittedOffsets {
  const groups = new Map<string, Map<string, OffsetEntry>>()
  const { entries, intactBytes, bytesCut } = loadEntries(path)
  for (const entry of entries) apply(entry)
  let fd = openSync(path, existsSync(path) ? 'r+' : 'w+')
  ftruncateSync(fd, intactBytes)
  let bytes = intactBytes
  let rewriteAbove = rewriteFromBytes
  let retired: number[] = []
  const commit = createGroupCommit(syncOnce)
  rewriteIfOutgrown()

  function apply(entry: OffsetEntry): void {
    const key = `${entry.topic}/${entry.partition}`
    const group = groups.get(entry.groupId) ?? new Map<string, OffsetEntry>()
    if (entry.isRemoval) group.delete(key)
    else group.set(key, entry)
    if (group.size === 0) groups.delete(entry.groupId)
    else groups.set(entry.groupId, group)
  }

  function store(entries: readonly OffsetEntry[]): boolean {
    const block = encodeEntries(entries)
    try {
      for (let done = 0; done < block.length; ) done += writeSync(fd, block, done, block.length - done, bytes + done)
    } catch (cause) {
      deps.reportFailure('append to the offset log', cause)
      tryTruncate()
      return false
    }
    bytes += block.length
    for (const entry of entries) apply(entry)
    rewriteIfOutgrown()
    return true
  }

  // What it cannot cut off now, the next append overwrites and the next start leaves out.
  function tryTruncate(): void {
    try {
      ftruncateSync(fd, bytes)
    } catch (cause) {
      deps.reportFailure('cut off a half-written offset entry', cause)
    }
  }

  function rewriteIfOutgrown(): void {
    if (bytes < rewriteAbove) return
    const live = encodeEntries([...groups.values()].flatMap((group) => [...group.values()]))
    try {
      replaceFile(path, live)
      retired.push(fd)
      fd = openSync(path, 'r+')
      bytes = live.length
    } catch (cause) {
      deps.reportFailure('rewrite the offset log', cause)
    }
    rewriteAbove = Math.max(rewriteFromBytes, bytes * rewriteAtGrowth)
  }

  async function syncOnce(): Promise<boolean> {
    const closing = retired
    retired = []
    try {
      await syncData(fd)
      deps.countSync()
      return true
    } catch (cause) {
      deps.reportFailure('sync the offset log', cause)
      return false
    } finally {
      for (const old of closing) closeSync(old)
    }
  }

  return {
    bytesCut,
    store,
    whenDurable: commit,
    find: (groupId, topic, partition) => groups.get(groupId)?.get(`${topic}/${partition}`),
    listGroups: () => [...groups.keys()],
    listEntries: (groupId) => [...(groups.get(groupId)?.values() ?? [])],
    listTopicEntries: (topic) =>
      [...groups.values()].flatMap((group) => [...group.values()].filter((entry) => entry.topic === topic)),
    async close() {
      await commit()
      closeSync(fd)
    },
  }
}

function loadEntries(path: string): { entries: OffsetEntry[]; intactBytes: number; bytesCut: number } {
  if (!existsSync(path)) return { entries: [], intactBytes: 0, bytesCut: 0 }
  const bytes = readFileSync(path)
  const { entries, intactBytes } = decodeEntries(bytes)
  return { entries, intactBytes, bytesCut: bytes.length - intactBytes }
}
