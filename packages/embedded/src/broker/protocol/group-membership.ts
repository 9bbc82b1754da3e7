import { array, bytes, int8, int16, int32, nullableString, since, string, struct } from '../wire/schema.ts'
import { defineApi } from './api.ts'

// The classic group protocol. Members join with what they can do; the broker answers all of them at once, giving the
// leader everybody's metadata; the leader decides who gets what and hands it in with SyncGroup; every member's SyncGroup
// is answered with its share. What is inside `metadata` and `assignment` is the clients' business.

export const findCoordinator = defineApi(
  10,
  'FindCoordinator',
  [0, 1],
  struct({ key: string, keyType: since(1, int8, 0) }),
  struct({
    throttleTimeMs: since(1, int32, 0),
    errorCode: int16,
    errorMessage: since(1, nullableString, null),
    nodeId: int32,
    host: string,
    port: int32,
  }),
)

export const joinGroup = defineApi(
  11,
  'JoinGroup',
  [0, 5],
  struct({
    groupId: string,
    sessionTimeoutMs: int32,
    rebalanceTimeoutMs: since(1, int32, -1),
    memberId: string,
    groupInstanceId: since(5, nullableString, null),
    protocolType: string,
    protocols: array(struct({ name: string, metadata: bytes })),
  }),
  struct({
    throttleTimeMs: since(2, int32, 0),
    errorCode: int16,
    generationId: int32,
    protocolName: string,
    leaderId: string,
    memberId: string,
    members: array(struct({ memberId: string, groupInstanceId: since(5, nullableString, null), metadata: bytes })),
  }),
)

export const syncGroup = defineApi(
  14,
  'SyncGroup',
  [0, 3],
  struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: since(3, nullableString, null),
    assignments: array(struct({ memberId: string, assignment: bytes })),
  }),
  struct({ throttleTimeMs: since(1, int32, 0), errorCode: int16, assignment: bytes }),
)

export const heartbeat = defineApi(
  12,
  'Heartbeat',
  [0, 3],
  struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    groupInstanceId: since(3, nullableString, null),
  }),
  struct({ throttleTimeMs: since(1, int32, 0), errorCode: int16 }),
)

export const leaveGroup = defineApi(
  13,
  'LeaveGroup',
  [0, 1],
  struct({ groupId: string, memberId: string }),
  struct({ throttleTimeMs: since(1, int32, 0), errorCode: int16 }),
)
