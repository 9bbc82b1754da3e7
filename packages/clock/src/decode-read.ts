import {
  DEFAULT_TENANT,
  type DeadLetterReason,
  identifier,
  parseStrictJson,
  problemsOf,
  readRecordSchema,
} from '@carillon/contracts'
import type { StopRequest } from '@carillon/delivery'

export type DecodedRead =
  | { readonly ok: true; readonly request: StopRequest }
  | { readonly ok: false; readonly reason: DeadLetterReason; readonly message: string }

/** A record of `notification.read`, written by the API or by a producer of its own. Total. */
export function decodeRead(value: Uint8Array | null, tenantId: string | undefined): DecodedRead {
  const refuse = (message: string): DecodedRead => ({ ok: false, reason: 'malformed', message })
  if (value === null) return refuse('the record has no value; send { notificationId, userId, readAt } as JSON')
  const tenant = identifier.safeParse(tenantId ?? DEFAULT_TENANT)
  if (!tenant.success) return refuse('header tenant-id is not an id of 1 to 128 characters')
  const json = parseStrictJson(value)
  if (!json.ok) return refuse(json.problem)
  const read = readRecordSchema.safeParse(json.value)
  if (!read.success)
    return refuse(
      problemsOf(read.error)
        .map(({ path, message }) => `${path}: ${message}`)
        .join('; '),
    )
  const { notificationId, userId, readAt } = read.data
  return {
    ok: true,
    request: {
      kind: 'read',
      tenantId: tenant.data,
      notificationId,
      userId,
      source: 'kafka',
      ...(readAt && { at: new Date(readAt) }),
    },
  }
}
