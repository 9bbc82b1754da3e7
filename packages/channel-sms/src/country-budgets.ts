import type { LimitedPlace, Rate } from '@carillon/delivery'
import { parsePhoneNumberFromString } from 'libphonenumber-js/max'

/** By ISO 3166 code; `*` stands for each of the others by itself. */
export type CountryRates = Readonly<Record<string, readonly Rate[]>>

/**
 * Somebody who earns by numbers of one country makes us write there again and again; a budget of that country bounds what
 * it costs, whatever tenant, category or number it comes by.
 */
export function createCountryBudgets(countryRates: CountryRates): (address: string) => LimitedPlace | undefined {
  const isEmpty = Object.keys(countryRates).length === 0
  return function findCountry(address) {
    if (isEmpty) return undefined
    // A number of no country is refused before it costs anything.
    const country = parsePhoneNumberFromString(address)?.country
    if (country === undefined) return undefined
    const rates = Object.hasOwn(countryRates, country) ? countryRates[country] : countryRates['*']
    return rates && { name: country, rates }
  }
}
