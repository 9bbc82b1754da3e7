/** Every reason that this channel gives, with one sentence for the person who reads it. The codes never change. */
export const pushReasons = {
  push_no_live_device: 'None of the devices takes messages any more; they were removed.',
  push_token_unregistered: 'The app was removed from the device, or its registration has lapsed.',
  push_token_invalid: 'The registration of the device is not one that the push service knows.',
  push_sender_mismatch: 'The device is registered with another Firebase project than ours.',
  push_subscription_gone: 'The browser has given up its subscription.',
  push_endpoint_forbidden: 'The subscription leads to an address that is no public push service.',
  push_message_invalid: 'The push service finds fault with the message itself.',
  push_too_big: 'The message is bigger than the push service allows.',
  push_refused: 'The push service refused the message for good.',
  push_quota_exceeded: 'The push service takes no more messages from us for the moment.',
  push_service_unavailable: 'The push service is not taking messages at the moment.',
  push_credentials: 'The push service does not accept our credentials.',
  push_sign_in_again: 'The push service wants us to sign in again before the message is tried again.',
  push_sign_in_unavailable: 'Signing in to the push service failed for the moment; nothing was handed over.',
  push_platform_credentials: "The push service has no valid key for this platform, such as Apple's.",
  push_platform_held: 'This kind of device rests until its keys at the push service are looked after.',
  push_platform_not_configured: 'There is no configuration for this kind of device.',
  push_unreachable: 'No connection to the push service could be made.',
  push_not_processed: 'The push service closed the connection and said that it had not looked at the message.',
  push_timeout: 'The push service did not answer in time, and nothing was handed over.',
  push_stopped: 'The sending was stopped before the message was handed over.',
  lease_used_up: 'The message waited too long for its turn, so it was not handed over.',
  push_answer_lost: 'The message was handed over and the answer of the push service was lost.',
  push_answer_unclear: 'The answer does not tell whether the push service took the message.',
} as const

export type PushReason = keyof typeof pushReasons
