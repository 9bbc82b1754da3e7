import type { LookupAddress, LookupOptions } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'

/**
 * A subscription's address comes from whoever registered the device, so it may be that of a machine beside us: every
 * address of its name must be a public one.
 */
const forbidden = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  forbidden.addSubnet(network, prefix, 'ipv4')
}
const globalUnicast = new BlockList()
globalUnicast.addSubnet('2000::', 3, 'ipv6')
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  forbidden.addSubnet(network, prefix, 'ipv6')
}

export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !forbidden.check(address, 'ipv4')
  return globalUnicast.check(address, 'ipv6') && !forbidden.check(address, 'ipv6')
}

/** For the `lookup` of a request, so that what was checked is what is connected to. A literal address never gets here. */
export function lookUpPublic(host: string, options: LookupOptions, done: LookupDone): void {
  lookup(host, { all: true }).then(
    (found) => {
      const [first] = found
      if (!first || !found.every(({ address }) => isPublicAddress(address))) return done(new ForbiddenAddress(), [])
      if (options.all) done(null, found)
      else done(null, first.address, first.family)
    },
    (error: NodeJS.ErrnoException) => done(error, []),
  )
}

type LookupDone = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void

class ForbiddenAddress extends Error {
  readonly code = 'EFORBIDDEN'
}
