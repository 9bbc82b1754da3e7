import type { Channel, Preferences } from '@carillon/contracts'

export interface PreferenceInput {
  readonly channel: Channel
  /** The category's code. */
  readonly category: string
  readonly person: Preferences | null
  /** What the tenant sets for everybody: with the category, and in general. */
  readonly categoryDefaults: Preferences | null
  readonly tenantDefaults: Preferences | null
}

export interface PreferenceChoice {
  readonly isOn: boolean
  /** Whose word decided, and how specific it was. */
  readonly decidedBy: string
}

type Switches = Pick<Preferences, 'email' | 'push' | 'sms' | 'inApp' | 'whatsapp'> & { readonly enabled?: unknown }

const SWITCH_OF: Readonly<Record<Channel, 'email' | 'push' | 'sms' | 'inApp' | 'whatsapp'>> = {
  EMAIL: 'email',
  SMS: 'sms',
  PUSH: 'push',
  WHATSAPP: 'whatsapp',
  IN_APP: 'inApp',
}

const ON_BY_DEFAULT: PreferenceChoice = { isOn: true, decidedBy: 'nobody said otherwise' }
const NOTHING: Switches = {}

/** The most specific word wins; a category is more specific than a channel. */
export function decidePreference(input: PreferenceInput): PreferenceChoice {
  const { person, categoryDefaults, tenantDefaults } = input
  if (person === null && categoryDefaults === null && tenantDefaults === null) return ON_BY_DEFAULT
  const key = SWITCH_OF[input.channel]
  const own = exceptionsFor(person, input.category)
  const ofCategory = exceptionsFor(categoryDefaults, input.category)
  const ofTenant = exceptionsFor(tenantDefaults, input.category)
  return (
    said(own[key], 'person, for this category and channel') ??
    said(own.enabled, 'person, for this category') ??
    said(person?.[key], 'person, for this channel') ??
    said(ofCategory[key] ?? categoryDefaults?.[key] ?? ofTenant[key], 'tenant, for this category and channel') ??
    said(ofCategory.enabled ?? ofTenant.enabled, 'tenant, for this category') ??
    said(tenantDefaults?.[key], 'tenant, for this channel') ??
    ON_BY_DEFAULT
  )
}

export function isChannelWanted(input: PreferenceInput): boolean {
  return decidePreference(input).isOn
}

/** By own property only: a category may be called `constructor`. */
function exceptionsFor(preferences: Preferences | null, category: string): Switches {
  const categories = preferences?.categories
  return (categories && Object.hasOwn(categories, category) ? categories[category] : undefined) ?? NOTHING
}

function said(word: unknown, decidedBy: string): PreferenceChoice | undefined {
  return typeof word === 'boolean' ? { isOn: word, decidedBy } : undefined
}
