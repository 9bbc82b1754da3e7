import { expect, it } from 'vitest'
import { isPublicAddress } from './public-address.ts'

it.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.31.255.255',
  '192.168.0.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '255.255.255.255',
  '224.0.0.1',
  '::1',
  '::',
  'fe80::1',
  'fd00::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  '2001:db8::1',
  'not an address',
])('%s is no address of a push service', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

it.each(['142.250.1.1', '34.117.65.55', '17.57.144.1', '172.32.0.1', '2a00:1450:4001:81b::200a', '2607:f8b0::1'])(
  '%s may be one',
  (address) => {
    expect(isPublicAddress(address)).toBe(true)
  },
)
