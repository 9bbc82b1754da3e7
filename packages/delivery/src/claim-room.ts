import type { Lane } from '@carillon/contracts'

/**
 * How many rows a worker may have claimed. Those that wait for a slot or an answer are bounded by the lease: a quarter
 * more than there are slots, so that none waits longer than a quarter of it (D9), and the normal lane leaves the urgent
 * one's slots alone. Those that were answered need no slot any more. They are bounded apart, or the next ones would be
 * claimed only after the last were recorded; and by less than twice the slots, for a process that is killed leaves in doubt
 * what its rows do not say yet: one message, where there is one slot.
 *
 * Until its first answer a process asks with one message. What it loads and connects to for the first time takes long, and
 * whoever is killed in that time, again and again, would leave all its slots in doubt each time.
 */
export interface ClaimRoom {
  /** How many more may be claimed now. */
  countFree(lane: Lane): number
  /** There was an answer, whatever it was. */
  prove(): void
  claim(lane: Lane, count: number): void
  /** One of them needs its slot no longer: it was answered, or was not to be sent after all. */
  leave(lane: Lane): void
  startRecording(lane: Lane): void
  finishRecording(lane: Lane): void
  /** All whose row does not say yet what happened. */
  countClaimed(): number
}

interface LaneCount {
  readonly unansweredMax: number
  readonly recordingMax: number
  unanswered: number
  recording: number
}

interface FirstAnswer {
  /** One silent recipient is no reason to keep the others waiting for ever; with 0, nobody waits. */
  readonly msMax: number
  /** Called where that time is over. */
  readonly onOpen: () => void
}

export function createClaimRoom(slots: number, urgentSlots: number, first: FirstAnswer): ClaimRoom {
  let isProven = first.msMax === 0
  let silence: ReturnType<typeof setTimeout> | undefined
  const unansweredMax = slots + Math.floor(slots / 4)
  const recordingMax = 2 * slots - 1
  const counts: Readonly<Record<Lane, LaneCount>> = {
    urgent: { unansweredMax, recordingMax, unanswered: 0, recording: 0 },
    normal: {
      unansweredMax: unansweredMax - urgentSlots,
      recordingMax: recordingMax - urgentSlots,
      unanswered: 0,
      recording: 0,
    },
  }
  const { urgent, normal } = counts

  const countClaimed = () => urgent.unanswered + urgent.recording + normal.unanswered + normal.recording

  function prove(): void {
    isProven = true
    clearTimeout(silence)
  }

  return {
    prove,
    countFree(lane) {
      if (!isProven) return countClaimed() === 0 ? 1 : 0
      const own = counts[lane]
      if (own.recording >= own.recordingMax || urgent.recording + normal.recording >= recordingMax) return 0
      return Math.min(unansweredMax - urgent.unanswered - normal.unanswered, own.unansweredMax - own.unanswered)
    },
    claim(lane, count) {
      counts[lane].unanswered += count
      if (isProven || count === 0) return
      silence ??= setTimeout(() => {
        prove()
        first.onOpen()
      }, first.msMax)
    },
    leave(lane) {
      counts[lane].unanswered -= 1
    },
    startRecording(lane) {
      counts[lane].recording += 1
    },
    finishRecording(lane) {
      counts[lane].recording -= 1
    },
    countClaimed,
  }
}
