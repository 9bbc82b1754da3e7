import { array, int8, int16, int32, int64, since, string, struct } from '../wire/schema.ts'
import { defineApi } from './api.ts'

export const latestTimestamp = -1
export const earliestTimestamp = -2

// From a time to an offset; the two negative "times" ask for the ends of the log.
export const listOffsets = defineApi(
  2,
  'ListOffsets',
  [1, 2],
  struct({
    replicaId: int32,
    isolationLevel: since(2, int8, 0),
    topics: array(struct({ name: string, partitions: array(struct({ index: int32, timestamp: int64 })) })),
  }),
  struct({
    throttleTimeMs: since(2, int32, 0),
    topics: array(
      struct({
        name: string,
        partitions: array(struct({ index: int32, errorCode: int16, timestamp: int64, offset: int64 })),
      }),
    ),
  }),
)
