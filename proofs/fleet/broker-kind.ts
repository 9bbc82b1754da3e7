import type { BrokerKind } from '@carillon/testkit'
import type { ProofOptions } from '../proof.ts'

/** A proof of the fleet stops, kills and resets its broker, so it opens one for itself. */
export function brokerKindOf(on: ProofOptions['on']): BrokerKind {
  if (on === 'containers') throw new Error('this proof opens a broker of its own: run it --on embedded or --on kafka')
  return on
}
