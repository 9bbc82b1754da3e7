import type { FakeSms, FakeSmsOptions } from './fake-sms.ts'
import { openFakeProvider } from './fake-sms.ts'
import type { MetaAccount } from './meta-protocol.ts'
import { createMetaProtocol } from './meta-protocol.ts'
import type { FakeProviderName } from './protocol.ts'
import type { TwilioAccount } from './twilio-protocol.ts'
import { createTwilioProtocol } from './twilio-protocol.ts'
import type { VonageAccount } from './vonage-protocol.ts'
import { createVonageProtocol } from './vonage-protocol.ts'

/** Each provider's account: what the fake asks for, and what it signs with. */
export interface FakeAccounts {
  readonly twilio: TwilioAccount
  readonly vonage: VonageAccount
  readonly meta: MetaAccount
}

const protocols = {
  twilio: createTwilioProtocol,
  vonage: createVonageProtocol,
  meta: createMetaProtocol,
}

export const openFakeTwilio = (account: TwilioAccount, options: FakeSmsOptions = {}) =>
  openFakeProvider('twilio', protocols.twilio(account), options)

export const openFakeVonage = (account: VonageAccount, options: FakeSmsOptions = {}) =>
  openFakeProvider('vonage', protocols.vonage(account), options)

export const openFakeMeta = (account: MetaAccount, options: FakeSmsOptions = {}) =>
  openFakeProvider('meta', protocols.meta(account), options)

/** By name, for a process of its own that is told all by its arguments. */
export function openFakeByName(
  provider: FakeProviderName,
  accounts: FakeAccounts,
  options: FakeSmsOptions,
): Promise<FakeSms> {
  if (provider === 'twilio') return openFakeTwilio(accounts.twilio, options)
  return provider === 'vonage' ? openFakeVonage(accounts.vonage, options) : openFakeMeta(accounts.meta, options)
}
