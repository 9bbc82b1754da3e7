/** Every reason that this channel gives, with one sentence for the person who reads it. The codes never change. */
export const emailReasons = {
  smtp_mailbox_unknown: 'The mail server says that this mailbox does not exist.',
  smtp_mailbox_full: 'The mailbox is full.',
  smtp_greylisted: 'The mail server asks unknown senders to come back later; the mail is tried again.',
  smtp_policy: 'The mail server refuses our mail by its policy, such as its rules about spam or senders.',
  smtp_sender_refused: 'The mail server does not accept our sender address.',
  smtp_message_too_big: 'The mail is bigger than the mail server allows.',
  smtp_credentials: 'The mail server does not accept our user name and password.',
  smtp_service_unavailable: 'The mail server is not taking mail at the moment.',
  smtp_try_later: 'The mail server could not take the mail now and asks for another try.',
  smtp_refused: 'The mail server refused the mail for good.',
  smtp_unreachable: 'No connection to the mail server could be made.',
  smtp_connection_lost: 'The connection to the mail server was lost before the mail was handed over.',
  smtp_timeout: 'The mail server did not answer in time, and nothing was handed over.',
  smtp_rate_reached: 'No mail server may be asked more often at the moment; the mail waits for its turn.',
  smtp_stopped: 'The sending was stopped before the mail was handed over.',
  lease_used_up: 'The mail waited too long for its turn, so it was not handed over.',
  smtp_answer_lost: 'The mail was handed over and the answer of the mail server was lost.',
  email_address_invalid: 'The address is not one plain e-mail address.',
  email_not_composed: 'The mail could not be put together.',
} as const

export type EmailReason = keyof typeof emailReasons
