import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { type ErrorCode, errorCode } from '../protocol/error-codes.ts'
import {
  chooseProtocol,
  createMember,
  hasSameProtocols,
  type JoinAnswer,
  type JoinWish,
  keepWish,
  type Member,
  metadataFor,
  noAssignment,
  type SyncAnswer,
  sharesProtocol,
} from './member.ts'

// A consumer group and its rebalances.
//
//   Empty ──join──▶ PreparingRebalance ──all joined, or time is up──▶ CompletingRebalance ──leader syncs──▶ Stable
//                     ▲   │ nobody came: Empty                              │ join, leave, silence              │
//                     └───┴──────────────────────────────────────────────────┴──────────────────────────────────┘
//
// Every answered rebalance is a new generation. While one is being prepared, members learn of it by the error of their
// next heartbeat, commit what they hold, and join again; who stays silent until the longest rebalance timeout is dropped.
// Joins and syncs are held: their answers wait here until the state moves on.

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

export interface GroupDeps {
  readonly clock: Clock
  readonly reportGeneration: (generation: number, members: number) => void
  readonly reportEviction: (memberId: string, reason: string) => void
}

export type Group = ReturnType<typeof createGroup>

export function createGroup(deps: GroupDeps) {
  const members = new Map<string, Member>()
  // Ids that were given out, but whose owners have not joined yet.
  const expected = new Map<string, () => void>()
  let state: GroupState = 'Empty'
  let generationId = 0
  let protocolType = ''
  let protocolName = ''
  let leaderId = ''
  let cancelDeadline = () => {}

  function join(wish: JoinWish): Promise<JoinAnswer> {
    if (!isCompatible(wish)) return refuseJoin(errorCode.inconsistentGroupProtocol, wish.memberId)
    if (wish.memberId === '') return joinNewcomer(wish)
    if (forget(wish.memberId)) return admit(createMember(wish.memberId, wish))
    const refusal = findStranger(wish.memberId, wish.groupInstanceId)
    const member = members.get(wish.memberId)
    if (refusal !== undefined || !member) return refuseJoin(refusal ?? errorCode.unknownMemberId, wish.memberId)
    return rejoin(member, wish)
  }

  function isCompatible(wish: JoinWish): boolean {
    if (wish.protocols.length === 0 || wish.protocolType === '') return false
    if (members.size === 0) return true
    const others = [...members.values()].filter((member) => member.id !== wish.memberId)
    return wish.protocolType === protocolType && (others.length === 0 || sharesProtocol(others, wish))
  }

  function joinNewcomer(wish: JoinWish): Promise<JoinAnswer> {
    const memberId = `${wish.groupInstanceId ?? wish.clientId}-${randomUUID()}`
    const predecessor = findInstance(wish.groupInstanceId)
    if (predecessor) return replaceInstance(predecessor, memberId, wish)
    if (!wish.mustKnowItsId || wish.groupInstanceId !== null) return admit(createMember(memberId, wish))
    const cancel = deps.clock.wait(wish.sessionTimeoutMs, () => {
      expected.delete(memberId)
      completeIfAllJoined()
    })
    expected.set(memberId, cancel)
    return refuseJoin(errorCode.memberIdRequired, memberId)
  }

  // A static member that restarted takes over its own place. Nothing changes for the others, so nobody has to rejoin.
  function replaceInstance(member: Member, memberId: string, wish: JoinWish): Promise<JoinAnswer> {
    member.answerJoin?.(joinRefusal(errorCode.fencedInstanceId, member.id))
    member.answerSync?.({ errorCode: errorCode.fencedInstanceId, assignment: noAssignment })
    member.answerJoin = undefined
    member.answerSync = undefined
    members.delete(member.id)
    if (leaderId === member.id) leaderId = memberId
    member.id = memberId
    members.set(memberId, member)
    const isUnchanged = state === 'Stable' && hasSameProtocols(member.wish, wish)
    member.wish = keepWish(wish)
    expectHeartbeat(member)
    return isUnchanged ? Promise.resolve(joinAnswerFor(member)) : hold(member)
  }

  function admit(member: Member): Promise<JoinAnswer> {
    if (members.size === 0) protocolType = member.wish.protocolType
    members.set(member.id, member)
    return hold(member)
  }

  function rejoin(member: Member, wish: JoinWish): Promise<JoinAnswer> {
    const isUnchanged = hasSameProtocols(member.wish, wish)
    member.wish = keepWish(wish)
    const keepsGeneration =
      isUnchanged && (state === 'CompletingRebalance' || (state === 'Stable' && member.id !== leaderId))
    if (!keepsGeneration) return hold(member)
    expectHeartbeat(member)
    return Promise.resolve(joinAnswerFor(member))
  }

  function hold(member: Member): Promise<JoinAnswer> {
    return new Promise((resolve) => {
      member.answerJoin?.(joinRefusal(errorCode.rebalanceInProgress, member.id))
      member.answerJoin = resolve
      member.cancelSession()
      if (state === 'PreparingRebalance') completeIfAllJoined()
      else prepareRebalance()
    })
  }

  function prepareRebalance(): void {
    for (const member of members.values()) answerSync(member, errorCode.rebalanceInProgress)
    state = 'PreparingRebalance'
    cancelDeadline()
    const longestMs = Math.max(0, ...[...members.values()].map((member) => member.wish.rebalanceTimeoutMs))
    cancelDeadline = deps.clock.wait(longestMs, () => {
      for (const member of [...members.values()]) if (!member.answerJoin) drop(member, 'did not rejoin in time')
      completeRebalance()
    })
    completeIfAllJoined()
  }

  function completeIfAllJoined(): void {
    if (state !== 'PreparingRebalance' || expected.size > 0) return
    if ([...members.values()].every((member) => member.answerJoin)) completeRebalance()
  }

  function completeRebalance(): void {
    cancelDeadline()
    generationId++
    const all = [...members.values()]
    const [first] = all
    protocolName = chooseProtocol(all)
    if (!members.has(leaderId)) leaderId = first?.id ?? ''
    state = first ? 'CompletingRebalance' : 'Empty'
    deps.reportGeneration(generationId, all.length)
    for (const member of all) {
      member.hasSynced = false
      member.assignment = noAssignment
      member.answerJoin?.(joinAnswerFor(member))
      member.answerJoin = undefined
      expectHeartbeat(member)
    }
    if (first) awaitSyncs(all)
  }

  function awaitSyncs(all: readonly Member[]): void {
    cancelDeadline = deps.clock.wait(Math.max(...all.map((member) => member.wish.rebalanceTimeoutMs)), () => {
      const silent = [...members.values()].filter((member) => !member.hasSynced && !member.answerSync)
      for (const member of silent) drop(member, 'did not sync in time')
      if (silent.length > 0) prepareRebalance()
    })
  }

  function sync(
    memberId: string,
    instanceId: string | null,
    generation: number,
    assignments: readonly { memberId: string; assignment: Buffer }[],
  ): Promise<SyncAnswer> {
    const member = members.get(memberId)
    const refusal = findStranger(memberId, instanceId) ?? findStale(generation)
    if (refusal !== undefined || !member || state === 'PreparingRebalance')
      return Promise.resolve({ errorCode: refusal ?? errorCode.rebalanceInProgress, assignment: noAssignment })
    expectHeartbeat(member)
    return new Promise((resolve) => {
      member.answerSync?.({ errorCode: errorCode.rebalanceInProgress, assignment: noAssignment })
      member.answerSync = resolve
      if (state === 'Stable') answerSync(member, errorCode.none)
      else if (memberId === leaderId) settle(assignments)
    })
  }

  function settle(assignments: readonly { memberId: string; assignment: Buffer }[]): void {
    for (const { memberId, assignment } of assignments) {
      const member = members.get(memberId)
      if (member) member.assignment = Buffer.from(assignment)
    }
    state = 'Stable'
    for (const member of members.values()) answerSync(member, errorCode.none)
  }

  function answerSync(member: Member, code: ErrorCode): void {
    if (!member.answerSync) return
    member.hasSynced = code === errorCode.none
    member.answerSync({ errorCode: code, assignment: member.hasSynced ? member.assignment : noAssignment })
    member.answerSync = undefined
  }

  function heartbeat(memberId: string, instanceId: string | null, generation: number): ErrorCode {
    const member = members.get(memberId)
    const refusal = findStranger(memberId, instanceId) ?? findStale(generation)
    if (refusal !== undefined || !member) return refusal ?? errorCode.unknownMemberId
    // One that waits for its join's answer is alive by that; its session begins with the answer.
    if (!member.answerJoin) expectHeartbeat(member)
    return state === 'PreparingRebalance' ? errorCode.rebalanceInProgress : errorCode.none
  }

  function leave(memberId: string): ErrorCode {
    if (forget(memberId)) {
      completeIfAllJoined()
      return errorCode.none
    }
    const member = members.get(memberId)
    if (!member) return errorCode.unknownMemberId
    remove(member)
    return errorCode.none
  }

  function checkCommit(memberId: string, generation: number): ErrorCode {
    const member = members.get(memberId)
    // A client that assigns partitions to itself commits without a generation, which only an unused group allows.
    if (generation < 0 && members.size === 0) return errorCode.none
    if (!member) return errorCode.unknownMemberId
    if (generation !== generationId) return errorCode.illegalGeneration
    if (state === 'CompletingRebalance') return errorCode.rebalanceInProgress
    if (!member.answerJoin) expectHeartbeat(member)
    return errorCode.none
  }

  function expectHeartbeat(member: Member): void {
    member.cancelSession()
    member.cancelSession = deps.clock.wait(member.wish.sessionTimeoutMs, () => {
      deps.reportEviction(member.id, 'no heartbeat')
      remove(member)
    })
  }

  function remove(member: Member): void {
    drop(member)
    if (state === 'PreparingRebalance') completeIfAllJoined()
    else prepareRebalance()
  }

  function drop(member: Member, reason?: string): void {
    if (reason !== undefined) deps.reportEviction(member.id, reason)
    member.cancelSession()
    members.delete(member.id)
    member.answerJoin?.(joinRefusal(errorCode.unknownMemberId, member.id))
    answerSync(member, errorCode.unknownMemberId)
  }

  function forget(memberId: string): boolean {
    expected.get(memberId)?.()
    return expected.delete(memberId)
  }

  function findInstance(instanceId: string | null): Member | undefined {
    if (instanceId === null) return undefined
    return [...members.values()].find((member) => member.wish.groupInstanceId === instanceId)
  }

  function findStranger(memberId: string, instanceId: string | null): ErrorCode | undefined {
    const namesake = findInstance(instanceId)
    if (namesake && namesake.id !== memberId) return errorCode.fencedInstanceId
    return members.has(memberId) ? undefined : errorCode.unknownMemberId
  }

  function findStale(generation: number): ErrorCode | undefined {
    return generation === generationId ? undefined : errorCode.illegalGeneration
  }

  function joinAnswerFor(member: Member): JoinAnswer {
    const listed = member.id === leaderId ? [...members.values()] : []
    return {
      errorCode: errorCode.none,
      generationId,
      protocolName,
      leaderId,
      memberId: member.id,
      members: listed.map((each) => ({
        memberId: each.id,
        groupInstanceId: each.wish.groupInstanceId,
        metadata: metadataFor(each, protocolName),
      })),
    }
  }

  return {
    join,
    sync,
    heartbeat,
    leave,
    checkCommit,
    state: () => state,
    protocolType: () => protocolType,
    protocolName: () => protocolName,
    members: () => [...members.values()],
    isUnused: () => members.size === 0 && expected.size === 0 && state === 'Empty',
    stop() {
      cancelDeadline()
      for (const cancel of expected.values()) cancel()
      for (const member of members.values()) member.cancelSession()
    },
  }
}

export function joinRefusal(code: ErrorCode, memberId: string): JoinAnswer {
  return { errorCode: code, generationId: -1, protocolName: '', leaderId: '', memberId, members: [] }
}

function refuseJoin(code: ErrorCode, memberId: string): Promise<JoinAnswer> {
  return Promise.resolve(joinRefusal(code, memberId))
}
