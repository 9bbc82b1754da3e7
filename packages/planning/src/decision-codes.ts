/**
 * Every reason that planning may give, in words for the person who asks why. A code is for ever: it rests in rows.
 * docs/decision-codes.md is this table, and a test compares the two.
 */
export const DECISION_CODES = {
  content_literal: 'The title and message are those of the event.',
  content_template: 'The texts were rendered from the template and frozen.',

  strategy_asked: 'The strategy is the one that the event asked for.',
  strategy_by_priority:
    'The event asked for no strategy; its priority decided: LOW climbs a ladder, all others go out at once.',
  strategy_by_ladder: 'The event brought a ladder of its own, so it climbs it.',
  strategy_critical: 'A CRITICAL message goes out on every channel at once, whatever strategy was asked for.',

  ladder_of_event: 'The steps are those of the ladder in the event.',
  ladder_of_category: 'The steps are those of the category’s ladder.',
  ladder_of_tenant: 'The steps are those of the tenant’s ladder.',
  ladder_default:
    'No ladder was named: in-app (and push, if asked for) at once, SMS (and WhatsApp, if asked for) after 10 minutes, e-mail after 40.',
  ladder_unreadable:
    'A stored ladder is not 1 to 10 steps of known channels and whole seconds, so it was passed over; save it anew.',
  ladder_unused: 'The event brought a ladder, but the message goes out at once, so only the ladder’s channels count.',
  not_on_ladder: 'The channel was asked for, but the ladder has no step for it; name a ladder that has.',
  not_asked: 'The ladder has a step for this channel, but the event did not ask for the channel.',

  sent_at_once: 'The message was handed to the channel at once.',
  waits_for_step: 'The step waits for its time and is sent then, unless something stops it before.',
  in_inbox: 'The message is in the inbox.',
  in_inbox_from_start: 'The ladder names a later time for the inbox, but the inbox shows a message from its start.',

  opted_out:
    'The person opted out of this channel, or its address is suppressed. Nothing passes that, not even CRITICAL.',
  channel_not_configured: 'No worker serves this channel in this installation.',
  no_address: 'No address for this channel is known of this person.',
  no_device: 'This person has registered no device for push.',
  no_account: 'The event names an address, not a user, and so there is no inbox to show the message in.',
  preference_off: 'The preferences switch this channel off; the detail says whose and how specific.',
  preference_passed_mandatory: 'The preferences switch this channel off, but the category is mandatory on it.',

  over_hourly_limit: 'The person had as many notifications in the last hour as the limit allows.',
  demoted_to_in_app: 'Over the hourly limit, the message went to the inbox alone instead of being dropped.',
  limit_passed_mandatory: 'The person is over the hourly limit, but the category is mandatory on this channel.',
  limit_passed_critical: 'The person is over the hourly limit, but the message is CRITICAL.',

  quiet_hours: 'Quiet hours: the channel makes noise, so the message waits until they end.',
  quiet_hours_outlive_expiry: 'Quiet hours end only after the message has expired, so it is not sent on this channel.',
  quiet_hours_passed_critical: 'It is quiet hours, but the message is CRITICAL.',
  quiet_hours_passed_mandatory: 'It is quiet hours, but the category is mandatory on this channel.',
  quiet_hours_unreadable:
    'The stored quiet hours are not two times of day like 22:00 and 07:00, so there are none; save them anew.',
  time_zone_of_tenant: 'The person has no usable time zone; quiet hours were reckoned in the tenant’s.',
  time_zone_utc: 'Neither the person nor the tenant has a usable time zone; quiet hours were reckoned in UTC.',
  time_zone_unknown: 'A stored time zone is not a known one, so it was passed over.',

  in_digest: 'The category collects its messages on this channel: it goes out with others, in one digest.',
  digest_passed_critical: 'The category collects its messages on this channel, but the message is CRITICAL.',
  digest_passed_guest:
    'The category collects its messages on this channel, but the event brought the address itself, so the message goes alone.',
  digest_outlives_expiry:
    'The category collects its messages on this channel, but the message would expire before the digest, so it goes alone.',
  digest_unreadable: 'The stored digest of the category says no known time, so the message goes alone; save it anew.',

  expired_before_planning: 'The message had expired before it could be planned.',
  expires_before_step: 'The message expires before the time of this step, so the step is never sent.',
  expiry_unreadable: 'The event’s expiry is not a date and time, so the category’s or the default one counts.',

  replaces_older:
    'A collapse key: this message replaces the older unread one with the same key and cancels what still waits of it.',
} as const

export type DecisionCode = keyof typeof DECISION_CODES

/** A sentence for people. Rows may carry a code that another part of the fleet, or an older version, wrote. */
export function explainDecision(code: string): string {
  return isDecisionCode(code) ? DECISION_CODES[code] : `No explanation is on record for “${code}”.`
}

export function isDecisionCode(code: string): code is DecisionCode {
  return Object.hasOwn(DECISION_CODES, code)
}
