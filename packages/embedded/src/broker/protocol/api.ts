import type { Type } from '../wire/schema.ts'

// One API: its key in the request header, the versions that are advertised, and the two schemas.
export interface Api<Request, Response> {
  readonly key: number
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
  readonly request: Type<Request>
  readonly response: Type<Response>
}

export function defineApi<Request, Response>(
  key: number,
  name: string,
  [minVersion, maxVersion]: [number, number],
  request: Type<Request>,
  response: Type<Response>,
): Api<Request, Response> {
  return { key, name, minVersion, maxVersion, request, response }
}
