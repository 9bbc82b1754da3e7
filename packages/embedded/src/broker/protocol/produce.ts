import { array, int16, int32, int64, nullableBytes, nullableString, since, string, struct } from '../wire/schema.ts'
import { defineApi } from './api.ts'

// `records` is one record batch as wire/record-batch.ts describes it. With acks = 0 the client expects no answer at all.
export const produce = defineApi(
  0,
  'Produce',
  [0, 7],
  struct({
    transactionalId: since(3, nullableString, null),
    acks: int16,
    timeoutMs: int32,
    topics: array(struct({ name: string, partitions: array(struct({ index: int32, records: nullableBytes })) })),
  }),
  struct({
    topics: array(
      struct({
        name: string,
        partitions: array(
          struct({
            index: int32,
            errorCode: int16,
            baseOffset: int64,
            logAppendTimeMs: since(2, int64, -1),
            logStartOffset: since(5, int64, -1),
          }),
        ),
      }),
    ),
    throttleTimeMs: since(1, int32, 0),
  }),
)

// Gives out the identity of an idempotent producer: with it, the broker recognises a batch that is sent twice.
export const initProducerId = defineApi(
  22,
  'InitProducerId',
  [0, 1],
  struct({ transactionalId: nullableString, transactionTimeoutMs: int32 }),
  struct({ throttleTimeMs: int32, errorCode: int16, producerId: int64, producerEpoch: int16 }),
)
