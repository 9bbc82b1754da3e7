/** By reason: what somebody would have to do for another outcome. Reasons that are as they should be are absent. */
const CHANGES: Readonly<Record<string, string>> = {
  not_asked_for: 'Name the channel in the event’s channels, or among the default channels of its category.',
  not_asked: 'Name the channel in the event’s channels too.',
  not_on_ladder: 'Give the ladder a step for this channel, or send as BROADCAST.',
  opted_out: 'Only the person can: by opting in again. An operator may lift a suppression that was a mistake.',
  address_suppressed: 'Only the person can: by opting in again. An operator may lift a suppression that was a mistake.',
  channel_not_configured: 'Start a worker for this channel, with a provider or simulated.',
  no_address: 'Save an address for the person (PUT /api/users/{id}), or name one in the event’s recipients.',
  no_device: 'The person’s app or browser must register a device (POST /api/devices).',
  no_account: 'Name a userId beside the address: only users have an inbox.',
  preference_off: 'The person switches the channel on (PUT /api/preferences), or the category is made mandatory on it.',
  over_hourly_limit: 'Raise CARILLON_USER_HOURLY_MAX, send less, send as CRITICAL, or make the category mandatory.',
  quiet_hours: 'It goes out when they end. CRITICAL messages and mandatory categories pass them.',
  quiet_hours_outlive_expiry:
    'Let the message be useful for longer (expiresAt, usefulSeconds), or send it as CRITICAL.',
  quiet_hours_unreadable: 'Save the quiet hours anew (PUT /api/preferences).',
  time_zone_utc: 'Save a time zone for the person or the tenant.',
  time_zone_of_tenant: 'Save a time zone for the person.',
  time_zone_unknown: 'Save the time zone anew, with a name like Europe/Berlin.',
  expired_before_planning: 'Send earlier, or with a later expiresAt.',
  expires_before_step: 'Let the message be useful for longer than the step waits, or give the step an earlier time.',
  expired: 'Let the message be useful for longer: expiresAt of the event, or usefulSeconds of its category.',
  ladder_unreadable: 'Save the ladder anew.',
  expiry_unreadable: 'Give expiresAt as a date and time, like 2026-12-01T09:00:00Z.',
  outcome_unknown: 'Let the category be sent at least once (atMostOnce: false), if twice is better than never.',
}

/** For reasons that only the vendor’s words explain, by how the delivery ended. */
const FAILED = 'Look at the reason; once it is mended, the delivery can be sent again.'

export function suggestChange(reason: string, hasFailed = false): string | null {
  const known = Object.hasOwn(CHANGES, reason) ? CHANGES[reason] : undefined
  return known ?? (hasFailed ? FAILED : null)
}
