/** Unambiguous, because no identifier holds a line break. Made for every row of a chunk, so it is no JSON. */
export function eventKey(tenantId: string, eventId: string): string {
  return `${tenantId}\n${eventId}`
}
