import {
  array,
  int8,
  int16,
  int32,
  int64,
  nullableArray,
  nullableGivenBytes,
  since,
  string,
  struct,
} from '../wire/schema.ts'
import { defineApi } from './api.ts'

// A long poll: the broker answers when `minBytes` are there or `maxWaitMs` have passed. Since version 7 a client may
// open a session and then name only what changed; a broker that answers session 0 declines, and gets full requests.
const wantedPartition = struct({
  index: int32,
  currentLeaderEpoch: since(9, int32, -1),
  fetchOffset: int64,
  logStartOffset: since(5, int64, -1),
  maxBytes: int32,
})

const fetchedPartition = struct({
  index: int32,
  errorCode: int16,
  highWatermark: int64,
  lastStableOffset: int64,
  logStartOffset: since(5, int64, -1),
  abortedTransactions: nullableArray(struct({ producerId: int64, firstOffset: int64 })),
  preferredReadReplica: since(11, int32, -1),
  records: nullableGivenBytes,
})

export const fetch = defineApi(
  1,
  'Fetch',
  [4, 11],
  struct({
    replicaId: int32,
    maxWaitMs: int32,
    minBytes: int32,
    maxBytes: int32,
    isolationLevel: int8,
    sessionId: since(7, int32, 0),
    sessionEpoch: since(7, int32, -1),
    topics: array(struct({ name: string, partitions: array(wantedPartition) })),
    forgottenTopics: since(7, array(struct({ name: string, partitions: array(int32) })), []),
    rackId: since(11, string, ''),
  }),
  struct({
    throttleTimeMs: int32,
    errorCode: since(7, int16, 0),
    sessionId: since(7, int32, 0),
    topics: array(struct({ name: string, partitions: array(fetchedPartition) })),
  }),
)
