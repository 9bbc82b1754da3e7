import { expect, test } from 'vitest'
import { createFakeClock } from '../../../test/broker/fake-clock.ts'
import { errorCode } from '../protocol/error-codes.ts'
import { createGroup } from './group.ts'
import type { JoinAnswer, JoinWish } from './member.ts'

const sessionTimeoutMs = 10_000
const rebalanceTimeoutMs = 30_000

function openGroup() {
  const clock = createFakeClock()
  const evicted: string[] = []
  const group = createGroup({
    clock,
    reportGeneration: () => {},
    reportEviction: (memberId, reason) => evicted.push(`${memberId}: ${reason}`),
  })
  return { clock, group, evicted }
}

type Opened = ReturnType<typeof openGroup>

function wishOf(memberId: string, wish: Partial<JoinWish> = {}): JoinWish {
  return {
    memberId,
    groupInstanceId: null,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs,
    rebalanceTimeoutMs,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.from('topics') }],
    mustKnowItsId: true,
    ...wish,
  }
}

async function introduce({ group }: Opened, wish: Partial<JoinWish> = {}): Promise<string> {
  const { errorCode: code, memberId } = await group.join(wishOf('', wish))
  expect(code).toBe(errorCode.memberIdRequired)
  return memberId
}

// Two members in generation 2, both with their share; the first is the leader.
async function openStable() {
  const opened = openGroup()
  const { group } = opened
  const one = await introduce(opened)
  await group.join(wishOf(one))
  const two = await introduce(opened)
  const joined = group.join(wishOf(two))
  const [first, second] = await Promise.all([group.join(wishOf(one)), joined])
  const share = (memberId: string) => ({ memberId, assignment: Buffer.from(`share of ${memberId}`) })
  const synced = group.sync(two, null, second.generationId, [])
  const leaderSynced = group.sync(one, null, first.generationId, [share(one), share(two)])
  return { ...opened, one, two, first, second, shares: await Promise.all([leaderSynced, synced]) }
}

const isPending = async (promise: Promise<unknown>) =>
  (await Promise.race([promise.then(() => 'done'), new Promise((resolve) => setImmediate(resolve, 'pending'))])) ===
  'pending'

test('a newcomer is told its id first, and joins with it', async () => {
  const opened = openGroup()
  const memberId = await introduce(opened)
  const answer = await opened.group.join(wishOf(memberId))
  expect(answer).toMatchObject({ errorCode: 0, generationId: 1, leaderId: memberId, protocolName: 'range' })
  expect(opened.group.state()).toBe('CompletingRebalance')
})

test('an old client is admitted without knowing its id', async () => {
  const { group } = openGroup()
  expect(await group.join(wishOf('', { mustKnowItsId: false }))).toMatchObject({ errorCode: 0, generationId: 1 })
})

test('the leader alone is told of everybody, and each member gets its own share', async () => {
  const { group, one, two, first, second, shares } = await openStable()
  expect(first.members.map(({ memberId }) => memberId)).toEqual([one, two])
  expect(second.members).toEqual([])
  expect(second.leaderId).toBe(one)
  expect(shares.map(({ assignment }) => String(assignment))).toEqual([`share of ${one}`, `share of ${two}`])
  expect(group.state()).toBe('Stable')
})

test('a member or group that nobody knows is told so', async () => {
  const { group } = await openStable()
  expect((await group.join(wishOf('stranger'))).errorCode).toBe(errorCode.unknownMemberId)
  expect((await group.sync('stranger', null, 2, [])).errorCode).toBe(errorCode.unknownMemberId)
  expect(group.heartbeat('stranger', null, 2)).toBe(errorCode.unknownMemberId)
  expect(group.leave('stranger')).toBe(errorCode.unknownMemberId)
})

test('another generation is refused everywhere', async () => {
  const { group, one } = await openStable()
  expect(group.heartbeat(one, null, 1)).toBe(errorCode.illegalGeneration)
  expect((await group.sync(one, null, 3, [])).errorCode).toBe(errorCode.illegalGeneration)
  expect(group.checkCommit(one, 1)).toBe(errorCode.illegalGeneration)
})

test('protocols that do not match the others are refused', async () => {
  const { group } = await openStable()
  const wrongType = wishOf('', { protocolType: 'connect' })
  const wrongProtocol = wishOf('', { protocols: [{ name: 'sticky', metadata: Buffer.alloc(0) }] })
  for (const wish of [wrongType, wrongProtocol, wishOf('', { protocols: [] })])
    expect((await group.join(wish)).errorCode).toBe(errorCode.inconsistentGroupProtocol)
})

test('while a rebalance is prepared, heartbeats and syncs say so and commits are taken', async () => {
  const opened = await openStable()
  const { group, one } = opened
  const three = await introduce(opened)
  const joining = group.join(wishOf(three))
  expect(group.state()).toBe('PreparingRebalance')
  expect(group.heartbeat(one, null, 2)).toBe(errorCode.rebalanceInProgress)
  expect((await group.sync(one, null, 2, [])).errorCode).toBe(errorCode.rebalanceInProgress)
  expect(group.checkCommit(one, 2)).toBe(errorCode.none)
  expect(await isPending(joining)).toBe(true)
})

test('a follower that rejoins unchanged keeps its generation; the leader and a changed one start a rebalance', async () => {
  const { group, one, two } = await openStable()
  expect(await group.join(wishOf(two))).toMatchObject({ errorCode: 0, generationId: 2 })
  expect(group.state()).toBe('Stable')
  void group.join(wishOf(two, { protocols: [{ name: 'range', metadata: Buffer.from('other topics') }] }))
  expect(group.state()).toBe('PreparingRebalance')
  expect(await group.join(wishOf(one))).toMatchObject({ generationId: 3 })
})

test('a member that stays silent is dropped when the rebalance timeout is over, and the others go on', async () => {
  const { clock, group, one, two, evicted } = await openStable()
  const joined = group.join(wishOf(one, { protocols: [{ name: 'range', metadata: Buffer.from('new') }] }))
  for (let passedMs = 0; passedMs < rebalanceTimeoutMs; passedMs += 5_000) {
    expect(group.heartbeat(two, null, 2)).toBe(errorCode.rebalanceInProgress)
    clock.pass(5_000)
  }
  const answer: JoinAnswer = await joined
  expect(answer.members.map(({ memberId }) => memberId)).toEqual([one])
  expect(evicted).toEqual([`${two}: did not rejoin in time`])
})

test('a member without a heartbeat is evicted, and its place is given away', async () => {
  const { clock, group, one, two, evicted } = await openStable()
  clock.pass(sessionTimeoutMs - 1)
  expect(group.heartbeat(one, null, 2)).toBe(errorCode.none)
  clock.pass(2)
  expect(evicted).toEqual([`${two}: no heartbeat`])
  expect(group.heartbeat(one, null, 2)).toBe(errorCode.rebalanceInProgress)
})

test('a member that joined but never syncs is dropped', async () => {
  const { clock, group, one, two, evicted } = await openStable()
  const changed = { protocols: [{ name: 'range', metadata: Buffer.from('new') }] }
  await Promise.all([group.join(wishOf(one, changed)), group.join(wishOf(two, changed))])
  void group.sync(one, null, 3, [])
  for (let passedMs = 0; passedMs < rebalanceTimeoutMs; passedMs += 5_000) {
    group.heartbeat(one, null, 3)
    group.heartbeat(two, null, 3)
    clock.pass(5_000)
  }
  expect(evicted).toEqual([`${two}: did not sync in time`])
})

test('leaving twice: fine, then unknown; the last one leaves the group empty', async () => {
  const { group, one, two } = await openStable()
  expect(group.leave(two)).toBe(errorCode.none)
  expect(group.leave(two)).toBe(errorCode.unknownMemberId)
  expect(group.leave(one)).toBe(errorCode.none)
  expect(group.state()).toBe('Empty')
  expect(group.isUnused()).toBe(true)
})

test('a commit without a generation is for groups that nobody uses', async () => {
  const empty = openGroup().group
  expect(empty.checkCommit('', -1)).toBe(errorCode.none)
  const { group } = await openStable()
  expect(group.checkCommit('', -1)).toBe(errorCode.unknownMemberId)
})

test('a commit between join and sync is refused, so that nobody commits what it no longer owns', async () => {
  const opened = openGroup()
  const memberId = await introduce(opened)
  await opened.group.join(wishOf(memberId))
  expect(opened.group.checkCommit(memberId, 1)).toBe(errorCode.rebalanceInProgress)
})

test('an id that was given out but never used holds a rebalance up only for its session', async () => {
  const opened = openGroup()
  await introduce(opened)
  const memberId = await introduce(opened)
  const joined = opened.group.join(wishOf(memberId))
  expect(await isPending(joined)).toBe(true)
  opened.clock.pass(sessionTimeoutMs)
  expect(await joined).toMatchObject({ errorCode: 0, generationId: 1 })
})

test('the protocol that most members prefer is chosen among those that all know', async () => {
  const opened = openGroup()
  const prefer = (...names: string[]) => ({
    protocols: names.map((name) => ({ name, metadata: Buffer.from(name) })),
    mustKnowItsId: false,
  })
  const wishes = [prefer('a', 'b', 'c'), prefer('b', 'c'), prefer('c', 'b')]
  await opened.group.join(wishOf('', wishes[1]))
  void opened.group.join(wishOf('', wishes[0]))
  void opened.group.join(wishOf('', wishes[2]))
  const [first] = opened.group.members()
  const answer = await opened.group.join(wishOf(first?.id ?? '', wishes[1]))
  expect(answer.protocolName).toBe('b')
})

test('a static member that restarts takes its place back without a rebalance, and its old self is fenced', async () => {
  const { group } = openGroup()
  const named = { groupInstanceId: 'worker-1' }
  const before = await group.join(wishOf('', named))
  await group.sync(before.memberId, 'worker-1', 1, [{ memberId: before.memberId, assignment: Buffer.from('all') }])
  const after = await group.join(wishOf('', named))
  expect(after).toMatchObject({ errorCode: 0, generationId: 1 })
  expect(after.memberId).not.toBe(before.memberId)
  expect(group.heartbeat(before.memberId, 'worker-1', 1)).toBe(errorCode.fencedInstanceId)
  expect(String((await group.sync(after.memberId, 'worker-1', 1, [])).assignment)).toBe('all')
})
