import { array, boolean, int16, int32, int64, nullableArray, nullableString, string, struct } from '../wire/schema.ts'
import { defineApi } from './api.ts'

export const createTopics = defineApi(
  19,
  'CreateTopics',
  [2, 4],
  struct({
    topics: array(
      struct({
        name: string,
        partitionCount: int32,
        replicationFactor: int16,
        assignments: array(struct({ index: int32, brokerIds: array(int32) })),
        configs: array(struct({ name: string, value: nullableString })),
      }),
    ),
    timeoutMs: int32,
    validateOnly: boolean,
  }),
  struct({
    throttleTimeMs: int32,
    topics: array(struct({ name: string, errorCode: int16, errorMessage: nullableString })),
  }),
)

export const deleteTopics = defineApi(
  20,
  'DeleteTopics',
  [1, 1],
  struct({ names: array(string), timeoutMs: int32 }),
  struct({ throttleTimeMs: int32, topics: array(struct({ name: string, errorCode: int16 })) }),
)

export const createPartitions = defineApi(
  37,
  'CreatePartitions',
  [0, 1],
  struct({
    topics: array(
      struct({
        name: string,
        count: int32,
        assignments: nullableArray(struct({ brokerIds: array(int32) })),
      }),
    ),
    timeoutMs: int32,
    validateOnly: boolean,
  }),
  struct({
    throttleTimeMs: int32,
    topics: array(struct({ name: string, errorCode: int16, errorMessage: nullableString })),
  }),
)

// Moves the start of the log: what lies before `offset` can no longer be read. -1 means up to the high watermark.
export const deleteRecords = defineApi(
  21,
  'DeleteRecords',
  [0, 1],
  struct({
    topics: array(struct({ name: string, partitions: array(struct({ index: int32, offset: int64 })) })),
    timeoutMs: int32,
  }),
  struct({
    throttleTimeMs: int32,
    topics: array(
      struct({
        name: string,
        partitions: array(struct({ index: int32, lowWatermark: int64, errorCode: int16 })),
      }),
    ),
  }),
)

export const describeLogDirs = defineApi(
  35,
  'DescribeLogDirs',
  [1, 1],
  struct({ topics: nullableArray(struct({ name: string, partitions: array(int32) })) }),
  struct({
    throttleTimeMs: int32,
    results: array(
      struct({
        errorCode: int16,
        logDir: string,
        topics: array(
          struct({
            name: string,
            partitions: array(struct({ index: int32, sizeBytes: int64, offsetLag: int64, isFuture: boolean })),
          }),
        ),
      }),
    ),
  }),
)
