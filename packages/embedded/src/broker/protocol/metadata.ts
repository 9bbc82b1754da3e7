import { array, boolean, int16, int32, nullableArray, nullableString, since, string, struct } from '../wire/schema.ts'
import { defineApi } from './api.ts'

// Where topics live. Clients cache the answer and send produce and fetch requests to the named leader: always this node.
const partition = struct({
  errorCode: int16,
  partitionIndex: int32,
  leaderId: int32,
  replicaNodes: array(int32),
  isrNodes: array(int32),
})

export const metadata = defineApi(
  3,
  'Metadata',
  [0, 4],
  struct({
    // All topics: an empty list in version 0, null since version 1 (where an empty list means none).
    topics: nullableArray(string),
    allowAutoTopicCreation: since(4, boolean, true),
  }),
  struct({
    throttleTimeMs: since(3, int32, 0),
    brokers: array(struct({ nodeId: int32, host: string, port: int32, rack: since(1, nullableString, null) })),
    clusterId: since(2, nullableString, null),
    controllerId: since(1, int32, -1),
    topics: array(
      struct({
        errorCode: int16,
        name: string,
        isInternal: since(1, boolean, false),
        partitions: array(partition),
      }),
    ),
  }),
)
