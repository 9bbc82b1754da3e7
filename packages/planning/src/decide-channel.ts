import type { Channel } from '@carillon/contracts'
import { decidePreference } from './decide-preference.ts'
import type { DecisionCode } from './decision-codes.ts'
import type { PlanInput, RecipientFacts } from './plan.ts'

/** Why nothing can go out on a channel; or that it can, with what had to be passed over for it. */
export type ChannelChoice =
  | { readonly isOpen: true; readonly passed: DecisionCode | null }
  | { readonly isOpen: false; readonly code: DecisionCode; readonly detail?: string }

const OPEN: ChannelChoice = { isOpen: true, passed: null }
const OPEN_AS_MANDATORY: ChannelChoice = { isOpen: true, passed: 'preference_passed_mandatory' }
const OPTED_OUT: ChannelChoice = { isOpen: false, code: 'opted_out' }
const NOT_CONFIGURED: ChannelChoice = { isOpen: false, code: 'channel_not_configured' }

/** Which channels (4): an opt-out beats everything, then what is possible, then what is wanted. */
export function decideChannel(
  channel: Channel,
  {
    recipient,
    category,
    tenant,
    servedChannels,
  }: Pick<PlanInput, 'recipient' | 'category' | 'tenant' | 'servedChannels'>,
): ChannelChoice {
  if (recipient.suppressedChannels?.has(channel)) return OPTED_OUT
  // The inbox is the row itself: no worker has to serve it.
  if (channel !== 'IN_APP' && !servedChannels.has(channel)) return NOT_CONFIGURED
  const missing = findMissing(channel, recipient)
  if (missing) return { isOpen: false, code: missing }
  const { isOn, decidedBy } = decidePreference({
    channel,
    category: category.code,
    person: recipient.user?.preferences ?? null,
    categoryDefaults: category.preferences,
    tenantDefaults: tenant.preferences,
  })
  if (isOn) return OPEN
  if (category.mandatoryChannels.includes(channel)) return OPEN_AS_MANDATORY
  return { isOpen: false, code: 'preference_off', detail: decidedBy }
}

/** What the person lacks for the channel. An address in the event itself counts before the stored one. */
function findMissing(channel: Channel, { inline, user }: RecipientFacts): DecisionCode | undefined {
  switch (channel) {
    case 'IN_APP':
      return inline && !inline.userId ? 'no_account' : undefined
    case 'PUSH':
      return user?.hasPushToken ? undefined : 'no_device'
    case 'EMAIL':
      return (inline?.email ?? user?.email) ? undefined : 'no_address'
    default:
      return (inline?.phone ?? user?.phone) ? undefined : 'no_address'
  }
}
