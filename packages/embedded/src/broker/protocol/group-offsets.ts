import {
  array,
  between,
  int16,
  int32,
  int64,
  nullableArray,
  nullableString,
  since,
  string,
  struct,
} from '../wire/schema.ts'
import { defineApi } from './api.ts'

const partitionErrors = array(struct({ name: string, partitions: array(struct({ index: int32, errorCode: int16 })) }))

export const offsetCommit = defineApi(
  8,
  'OffsetCommit',
  [2, 5],
  struct({
    groupId: string,
    generationId: int32,
    memberId: string,
    retentionTimeMs: between(2, 4, int64, -1),
    topics: array(
      struct({
        name: string,
        partitions: array(struct({ index: int32, offset: int64, metadata: nullableString })),
      }),
    ),
  }),
  struct({ throttleTimeMs: since(3, int32, 0), topics: partitionErrors }),
)

export const offsetFetch = defineApi(
  9,
  'OffsetFetch',
  [1, 4],
  struct({
    groupId: string,
    // Null, which version 2 allows: every partition that the group has an offset for.
    topics: nullableArray(struct({ name: string, partitions: array(int32) })),
  }),
  struct({
    throttleTimeMs: since(3, int32, 0),
    topics: array(
      struct({
        name: string,
        partitions: array(struct({ index: int32, offset: int64, metadata: nullableString, errorCode: int16 })),
      }),
    ),
    errorCode: since(2, int16, 0),
  }),
)

export const offsetDelete = defineApi(
  47,
  'OffsetDelete',
  [0, 0],
  struct({
    groupId: string,
    topics: array(struct({ name: string, partitions: array(struct({ index: int32 })) })),
  }),
  struct({ errorCode: int16, throttleTimeMs: int32, topics: partitionErrors }),
)
