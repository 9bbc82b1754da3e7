import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorCode } from '../../src/broker/protocol/error-codes.ts'
import { describeGroups, listGroups } from '../../src/broker/protocol/group-admin.ts'
import {
  findCoordinator,
  heartbeat,
  joinGroup,
  leaveGroup,
  syncGroup,
} from '../../src/broker/protocol/group-membership.ts'
import { offsetCommit, offsetDelete, offsetFetch } from '../../src/broker/protocol/group-offsets.ts'
import { initProducerId } from '../../src/broker/protocol/produce.ts'
import { createTopics } from '../../src/broker/protocol/topic-admin.ts'
import { type Client, createTopic, openClient } from './ask.ts'
import { openTestBroker, type TestBroker } from './open-test-broker.ts'

let broker: TestBroker
let client: Client

beforeAll(async () => {
  broker = await openTestBroker()
  client = await openClient(broker)
  await createTopic(client, 't')
})

afterAll(async () => {
  client.close()
  await broker.remove()
})

const subscription = Buffer.from('0000000000010001740000000000', 'hex')

function join(groupId: string, memberId = '', sessionTimeoutMs = 10_000) {
  return client.ask(joinGroup, 5, {
    groupId,
    sessionTimeoutMs,
    rebalanceTimeoutMs: 10_000,
    memberId,
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: subscription }],
  })
}

// The only member, with its share, of a group that is stable.
async function joinAlone(groupId: string) {
  const { memberId } = await join(groupId)
  const { generationId } = await join(groupId, memberId)
  const assignments = [{ memberId, assignment: Buffer.from('all') }]
  await client.ask(syncGroup, 3, { groupId, generationId, memberId, groupInstanceId: null, assignments })
  return { memberId, generationId }
}

interface Commit {
  readonly groupId: string
  readonly memberId?: string
  readonly generationId?: number
  readonly topic?: string
  readonly offset?: number
  readonly metadata?: string | null
}

async function commit({ groupId, memberId = '', generationId = -1, topic = 't', offset = 5, metadata = null }: Commit) {
  const topics = [{ name: topic, partitions: [{ index: 0, offset, metadata }] }]
  const answer = await client.ask(offsetCommit, 5, { groupId, generationId, memberId, retentionTimeMs: -1, topics })
  return answer.topics[0]?.partitions[0]?.errorCode
}

async function stored(groupId: string, topics: { name: string; partitions: number[] }[] | null = null) {
  return (await client.ask(offsetFetch, 4, { groupId, topics })).topics
}

async function describe(groupId: string) {
  return (await client.ask(describeGroups, 2, { groups: [groupId] })).groups[0]
}

test('a join is refused with the code that says why', async () => {
  expect((await join('')).errorCode).toBe(errorCode.invalidGroupId)
  expect((await join('g', '', 5_999)).errorCode).toBe(errorCode.invalidSessionTimeout)
  expect((await join('g', 'stranger')).errorCode).toBe(errorCode.unknownMemberId)
})

test('members of a group that does not exist are told so', async () => {
  const stranger = { groupId: 'nobody', generationId: 1, memberId: 'm', groupInstanceId: null }
  expect((await client.ask(heartbeat, 3, stranger)).errorCode).toBe(errorCode.unknownMemberId)
  expect((await client.ask(syncGroup, 3, { ...stranger, assignments: [] })).errorCode).toBe(errorCode.unknownMemberId)
  expect((await client.ask(leaveGroup, 1, stranger)).errorCode).toBe(errorCode.unknownMemberId)
  expect(await describe('nobody')).toMatchObject({ errorCode: 0, state: 'Dead', members: [] })
})

test('a commit is checked against the group, the partition and the length of its metadata', async () => {
  const { memberId, generationId } = await joinAlone('checked')
  const member = { groupId: 'checked', memberId, generationId }
  expect(await commit(member)).toBe(0)
  expect(await commit({ ...member, generationId: generationId + 1 })).toBe(errorCode.illegalGeneration)
  expect(await commit({ groupId: 'checked' })).toBe(errorCode.unknownMemberId)
  expect(await commit({ ...member, topic: 'nowhere' })).toBe(errorCode.unknownTopicOrPartition)
  expect(await commit({ ...member, metadata: 'x'.repeat(4_097) })).toBe(errorCode.offsetMetadataTooLarge)
  expect(await commit({ groupId: 'unknown', generationId: 3, memberId: 'm' })).toBe(errorCode.illegalGeneration)
})

test('what was committed is read back; what was not is -1 without an error', async () => {
  await commit({ groupId: 'reader', offset: 42, metadata: 'note' })
  expect(await stored('reader')).toEqual([
    { name: 't', partitions: [{ index: 0, offset: 42, metadata: 'note', errorCode: 0 }] },
  ])
  expect(await stored('reader', [{ name: 'other', partitions: [3] }])).toEqual([
    { name: 'other', partitions: [{ index: 3, offset: -1, metadata: '', errorCode: 0 }] },
  ])
})

test('offsets of a topic that members are subscribed to are not deleted', async () => {
  const { memberId, generationId } = await joinAlone('subscribed')
  await commit({ groupId: 'subscribed', memberId, generationId })
  const remove = (groupId: string) =>
    client.ask(offsetDelete, 0, { groupId, topics: [{ name: 't', partitions: [{ index: 0 }] }] })
  expect((await remove('subscribed')).topics[0]?.partitions[0]?.errorCode).toBe(errorCode.groupSubscribedToTopic)
  await client.ask(leaveGroup, 1, { groupId: 'subscribed', memberId })
  expect((await remove('subscribed')).topics[0]?.partitions[0]?.errorCode).toBe(0)
  expect(await stored('subscribed')).toEqual([])
  expect((await remove('subscribed')).errorCode).toBe(errorCode.groupIdNotFound)
})

test('a group is described with its members while it is stable, and listed while it has anything', async () => {
  const { memberId } = await joinAlone('described')
  expect(await describe('described')).toMatchObject({
    state: 'Stable',
    protocolType: 'consumer',
    protocolName: 'range',
    members: [{ memberId, clientId: 'test', assignment: Buffer.from('all') }],
  })
  const listed = async () => (await client.ask(listGroups, 2, {})).groups.map(({ groupId }) => groupId)
  expect(await listed()).toContain('described')
  await client.ask(leaveGroup, 1, { groupId: 'described', memberId })
  expect(await listed()).not.toContain('described')
})

test('transactions are declined in a way that clients do not retry for ever', async () => {
  const coordinator = await client.ask(findCoordinator, 1, { key: 'tx', keyType: 1 })
  expect(coordinator).toMatchObject({
    errorCode: errorCode.invalidRequest,
    errorMessage: 'The embedded broker has no transactions',
  })
  const granted = await client.ask(initProducerId, 1, { transactionalId: 'tx', transactionTimeoutMs: 1_000 })
  expect(granted.errorCode).toBe(errorCode.transactionalIdAuthorizationFailed)
})

test('producer ids are never given out twice, also after a restart', async () => {
  const next = async () =>
    (await client.ask(initProducerId, 1, { transactionalId: null, transactionTimeoutMs: 1_000 })).producerId
  const ids = [await next(), await next()]
  client.close()
  broker = await broker.reopen()
  client = await openClient(broker)
  ids.push(await next())
  expect(new Set(ids).size).toBe(3)
  expect(Math.max(...ids.slice(0, 2))).toBeLessThan(ids[2] ?? 0)
})

test('a topic that cannot be made is refused with the code that says why', async () => {
  const wish = { partitionCount: 1, replicationFactor: 1, assignments: [], configs: [] }
  const wishes = [
    { ...wish, name: 't' },
    { ...wish, name: 'no/name' },
    { ...wish, name: '..' },
    { ...wish, name: 'none', partitionCount: 0 },
    { ...wish, name: 'copies', replicationFactor: 2 },
    { ...wish, name: 'compacted', configs: [{ name: 'cleanup.policy', value: 'compact' }] },
    { ...wish, name: 'elsewhere', partitionCount: -1, assignments: [{ index: 0, brokerIds: [7] }] },
    { ...wish, name: '__proto__', partitionCount: -1, replicationFactor: -1 },
  ]
  const answer = await client.ask(createTopics, 4, { topics: wishes, timeoutMs: 1_000, validateOnly: false })
  expect(answer.topics.map((topic) => topic.errorCode)).toEqual([36, 17, 17, 37, 38, 40, 39, 0])
  client.close()
  broker = await broker.reopen()
  client = await openClient(broker)
  expect(broker.stats()).toMatchObject({ topics: 2, partitions: 2 })
})
