import { array, int16, int32, since, struct } from '../wire/schema.ts'
import { defineApi } from './api.ts'

// The first thing that a client asks: which APIs, and which versions of each. The client then speaks the highest version
// that both know, request by request; nothing else is negotiated.
export const apiVersions = defineApi(
  18,
  'ApiVersions',
  [0, 2],
  struct({}),
  struct({
    errorCode: int16,
    apiKeys: array(struct({ apiKey: int16, minVersion: int16, maxVersion: int16 })),
    throttleTimeMs: since(1, int32, 0),
  }),
)
