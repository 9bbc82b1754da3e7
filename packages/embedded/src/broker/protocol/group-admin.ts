import { array, bytes, int16, int32, since, string, struct } from '../wire/schema.ts'
import { defineApi } from './api.ts'

export const describeGroups = defineApi(
  15,
  'DescribeGroups',
  [0, 2],
  struct({ groups: array(string) }),
  struct({
    throttleTimeMs: since(1, int32, 0),
    groups: array(
      struct({
        errorCode: int16,
        groupId: string,
        state: string,
        protocolType: string,
        protocolName: string,
        members: array(
          struct({ memberId: string, clientId: string, clientHost: string, metadata: bytes, assignment: bytes }),
        ),
      }),
    ),
  }),
)

export const listGroups = defineApi(
  16,
  'ListGroups',
  [0, 2],
  struct({}),
  struct({
    throttleTimeMs: since(1, int32, 0),
    errorCode: int16,
    groups: array(struct({ groupId: string, protocolType: string })),
  }),
)

export const deleteGroups = defineApi(
  42,
  'DeleteGroups',
  [0, 1],
  struct({ groupIds: array(string) }),
  struct({ throttleTimeMs: int32, results: array(struct({ groupId: string, errorCode: int16 })) }),
)
