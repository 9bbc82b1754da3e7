import { closeSync, fdatasync, fdatasyncSync, ftruncateSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { type ErrorCode, errorCode } from '../protocol/error-codes.ts'
import { syncDirectory } from '../storage/sync-directory.ts'
import { type BatchHeader, stampBatch } from '../wire/record-batch.ts'
import type { RecordPlace } from '../wire/records.ts'
import { createGroupCommit } from './group-commit.ts'
import { activeSegment, type CleanEnd, type LogState } from './log-state.ts'
import { findByTime, type ReadLimits, readBatches } from './read-log.ts'
import { cutToDurable } from './recover-log.ts'
import { createSegment, noteBatch, summarize } from './segment.ts'

// Writing is three steps. `append` puts the batch into the file (so it survives this process), `whenDurable` waits for a
// sync that it shares with whoever else is waiting (so it survives the machine), and only then does the high watermark
// move and `onAdvance` wake the consumers. Appends are synchronous: the order of calls is the order of offsets.

export interface PartitionLog {
  append(batch: Buffer, header: BatchHeader): Appended
  whenDurable(): Promise<boolean>
  read(offset: number, limits: ReadLimits): Buffer | 'out of range'
  findByTime(timestamp: number): Promise<RecordPlace | undefined>
  onAdvance(listener: () => void): () => void
  startOffset(): number
  highWatermark(): number
  // A count that only grows: the difference of two calls is what became readable between them.
  readableBytesEver(): number
  sizeBytes(): number
  moveStart(offset: number): void
  dropExpired(retention: Retention, now: number): number
  close(): Promise<CleanEnd | undefined>
  discard(): Promise<void>
}

export type Appended = { readonly baseOffset: number } | { readonly errorCode: ErrorCode }

export interface Retention {
  readonly retentionMs: number
  readonly retentionBytes: number
}

export interface LogDeps {
  readonly segmentBytes: () => number
  readonly countSync: () => void
  readonly reportFailure: (action: string, cause: unknown) => void
}

const leaderEpoch = 0
const syncData = promisify(fdatasync)

export function createPartitionLog(state: LogState, deps: LogDeps): PartitionLog {
  const listeners = new Set<() => void>()
  const retired: number[] = []
  let readableEver = 0
  let isOpen = true
  const commit = createGroupCommit(syncOnce)

  function append(batch: Buffer, header: BatchHeader): Appended {
    if (!isOpen) return { errorCode: errorCode.unknownTopicOrPartition }
    const check = state.producers.check(header)
    if (check !== 'new') return 'repeatOf' in check ? { baseOffset: check.repeatOf } : check
    const baseOffset = state.endOffset
    stampBatch(batch, baseOffset, leaderEpoch)
    try {
      if (activeSegment(state).bytes + batch.length > deps.segmentBytes()) roll()
      write(batch)
    } catch (cause) {
      deps.reportFailure('append to the log', cause)
      return { errorCode: errorCode.storageError }
    }
    state.endOffset = baseOffset + header.recordCount
    state.producers.remember(header, baseOffset)
    return { baseOffset }
  }

  // A write that fails half-way (a full disk) leaves bytes that no offset points to: they are cut off at once, or, where
  // even that fails, overwritten by the next append and cut off by the next start.
  function write(batch: Buffer): void {
    const segment = activeSegment(state)
    segment.fd ??= openForAppend(segment.path)
    const position = segment.bytes
    try {
      for (let done = 0; done < batch.length; )
        done += writeSync(segment.fd, batch, done, batch.length - done, position + done)
    } catch (cause) {
      try {
        ftruncateSync(segment.fd, position)
      } catch (truncateCause) {
        deps.reportFailure('cut off a half-written batch', truncateCause)
      }
      throw cause
    }
    if (segment.summary) noteBatch(segment.summary, batch, 0, position)
    segment.bytes = position + batch.length
  }

  function openForAppend(path: string): number {
    mkdirSync(state.directory, { recursive: true })
    return openSync(path, activeSegment(state).bytes === 0 ? 'w+' : 'r+')
  }

  // Only the last segment is checked after a crash, so a closed one must be wholly on disk before the next begins.
  function roll(): void {
    const closing = activeSegment(state)
    if (closing.bytes === 0) return
    if (closing.fd !== undefined) {
      fdatasyncSync(closing.fd)
      deps.countSync()
      syncNewSegmentDirectories()
      // An asynchronous sync may still be using it.
      retired.push(closing.fd)
      closing.fd = undefined
    }
    advance({ offset: state.endOffset, segment: closing, bytes: closing.bytes })
    state.segments.push(createSegment(state.directory, state.endOffset))
  }

  async function syncOnce(): Promise<boolean> {
    const segment = activeSegment(state)
    const mark = { offset: state.endOffset, segment, bytes: segment.bytes }
    if (mark.offset === state.durable.offset || segment.fd === undefined) return isOpen
    try {
      await syncData(segment.fd)
      deps.countSync()
      if (!segment.isListedDurably) syncNewSegmentDirectories()
    } catch (cause) {
      deps.reportFailure('sync the log', cause)
      if (isOpen) goBack()
      return false
    }
    for (const fd of retired.splice(0)) closeSync(fd)
    if (mark.offset > state.durable.offset) advance(mark)
    return true
  }

  function goBack(): void {
    try {
      cutToDurable(state)
    } catch (cause) {
      deps.reportFailure('cut the log back to what is on disk', cause)
    }
  }

  function syncNewSegmentDirectories(): void {
    const segment = activeSegment(state)
    if (segment.isListedDurably) return
    // A first segment may have brought its partition's and its topic's directory with it.
    syncDirectory(state.directory)
    syncDirectory(dirname(state.directory))
    syncDirectory(dirname(dirname(state.directory)))
    segment.isListedDurably = true
  }

  function advance(mark: LogState['durable']): void {
    const before = state.durable
    readableEver += mark.segment === before.segment ? mark.bytes - before.bytes : mark.bytes
    state.durable = mark
    for (const wake of listeners) wake()
  }

  function moveStart(offset: number): void {
    state.startOffset = Math.max(state.startOffset, offset)
    while (state.segments.length > 1 && (state.segments[1]?.base ?? 0) <= state.startOffset) dropOldest()
  }

  function dropOldest(): void {
    const dropped = state.segments.shift()
    if (!dropped) return
    unlinkSync(dropped.path)
    state.startOffset = Math.max(state.startOffset, firstBase())
  }

  function firstBase(): number {
    return state.segments[0]?.base ?? state.endOffset
  }

  function dropExpired({ retentionMs, retentionBytes }: Retention, now: number): number {
    const isTooOld = (index: number) => {
      const segment = state.segments[index]
      return segment && retentionMs >= 0 && summarize(segment).maxTimestamp < now - retentionMs
    }
    // The last segment stays open however old it is, unless everything in it has expired.
    if (state.segments.length === 1 && activeSegment(state).bytes > 0 && isDurable() && isTooOld(0)) roll()
    let dropped = 0
    while (state.segments.length > 1 && isOutgrown(retentionBytes, isTooOld(0) === true)) {
      dropOldest()
      dropped++
    }
    return dropped
  }

  function isOutgrown(retentionBytes: number, isTooOld: boolean): boolean {
    const withoutOldest = sizeBytes() - (state.segments[0]?.bytes ?? 0)
    return isTooOld || (retentionBytes >= 0 && withoutOldest >= retentionBytes)
  }

  function isDurable(): boolean {
    return state.durable.offset === state.endOffset
  }

  function sizeBytes(): number {
    return state.segments.reduce((sum, segment) => sum + segment.bytes, 0)
  }

  async function release(): Promise<void> {
    isOpen = false
    for (const wake of listeners) wake()
    await commit()
    const { fd } = activeSegment(state)
    for (const open of [...retired.splice(0), ...(fd === undefined ? [] : [fd])]) closeSync(open)
    activeSegment(state).fd = undefined
  }

  return {
    append,
    whenDurable: commit,
    read: (offset, limits) => readBatches(state, offset, limits),
    findByTime: (timestamp) => findByTime(state, timestamp),
    onAdvance(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    startOffset: () => state.startOffset,
    highWatermark: () => state.durable.offset,
    readableBytesEver: () => readableEver,
    sizeBytes,
    moveStart,
    dropExpired,
    async close() {
      await release()
      const last = activeSegment(state)
      if (!isDurable()) return undefined
      return { base: last.base, bytes: last.bytes, endOffset: state.endOffset, producers: state.producers.list() }
    },
    discard: release,
  }
}
