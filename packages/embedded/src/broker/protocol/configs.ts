import { array, boolean, int8, int16, int32, nullableArray, nullableString, string, struct } from '../wire/schema.ts'
import { defineApi } from './api.ts'

export const resourceType = { topic: 2, broker: 4 } as const
export const configSource = { topic: 1, staticBroker: 4, default: 5 } as const
export const configOperation = { set: 0, delete: 1 } as const

const namedResult = struct({ errorCode: int16, errorMessage: nullableString, type: int8, name: string })

export const describeConfigs = defineApi(
  32,
  'DescribeConfigs',
  [1, 2],
  struct({
    resources: array(struct({ type: int8, name: string, keys: nullableArray(string) })),
    includeSynonyms: boolean,
  }),
  struct({
    throttleTimeMs: int32,
    results: array(
      struct({
        errorCode: int16,
        errorMessage: nullableString,
        type: int8,
        name: string,
        configs: array(
          struct({
            name: string,
            value: nullableString,
            readOnly: boolean,
            source: int8,
            isSensitive: boolean,
            synonyms: array(struct({ name: string, value: nullableString, source: int8 })),
          }),
        ),
      }),
    ),
  }),
)

// Replaces all of a resource's settings: what is not named goes back to its default.
export const alterConfigs = defineApi(
  33,
  'AlterConfigs',
  [0, 1],
  struct({
    resources: array(
      struct({ type: int8, name: string, configs: array(struct({ name: string, value: nullableString })) }),
    ),
    validateOnly: boolean,
  }),
  struct({ throttleTimeMs: int32, results: array(namedResult) }),
)

// Changes only what is named.
export const incrementalAlterConfigs = defineApi(
  44,
  'IncrementalAlterConfigs',
  [0, 0],
  struct({
    resources: array(
      struct({
        type: int8,
        name: string,
        configs: array(struct({ name: string, operation: int8, value: nullableString })),
      }),
    ),
    validateOnly: boolean,
  }),
  struct({ throttleTimeMs: int32, results: array(namedResult) }),
)
