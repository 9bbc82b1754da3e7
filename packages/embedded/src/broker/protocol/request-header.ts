import { int16, int32, nullableString, struct } from '../wire/schema.ts'

// Every request begins with this. The version applies to the body that follows, not to the header, with one exception:
// the flexible versions append tagged fields to the header. The only flexible request that a client may send here is
// ApiVersions 3 and later, which is answered without reading on.
export const requestHeader = struct({
  apiKey: int16,
  apiVersion: int16,
  correlationId: int32,
  clientId: nullableString,
})
