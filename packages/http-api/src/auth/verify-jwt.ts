import { identifier } from '@carillon/contracts'
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { Unavailable } from '../unavailable.ts'
import type { Person } from './caller.ts'

export type JwtVerifier = (token: string) => Promise<Person | undefined>

export interface JwtOptions {
  readonly keys: { readonly secret: string } | { readonly jwksUrl: string } | { readonly jwks: JSONWebKeySet }
  readonly issuer: string
  readonly audience: string
  /** The tenant of tokens that name none. Absent: such a token is refused. */
  readonly tenantOfOthers?: string
}

// Pinned by the kind of key: a public key can then never be taken for a shared secret, nor `none` for a signature.
const SECRET_ALGORITHMS = ['HS256', 'HS384', 'HS512']
const PUBLIC_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA']
const CLOCK_TOLERANCE_SECONDS = 5

export function createJwtVerifier({ keys, issuer, audience, tenantOfOthers }: JwtOptions): JwtVerifier {
  const isShared = 'secret' in keys
  const findKey = isShared ? undefined : createKeyFinder(keys)
  const secret = new TextEncoder().encode(isShared ? keys.secret : '')
  const rules = {
    algorithms: isShared ? SECRET_ALGORITHMS : PUBLIC_ALGORITHMS,
    issuer,
    audience,
    requiredClaims: ['exp', 'sub', 'iss', 'aud'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
  }

  return async function verifyJwt(token) {
    try {
      const { payload } = findKey ? await jwtVerify(token, findKey, rules) : await jwtVerify(token, secret, rules)
      return readPerson(payload, tenantOfOthers)
    } catch (cause) {
      if (isRefusal(cause)) return undefined
      throw new Unavailable('fetch the keys that tokens are verified with', { cause })
    }
  }
}

function createKeyFinder(keys: { readonly jwksUrl: string } | { readonly jwks: JSONWebKeySet }): JWTVerifyGetKey {
  return 'jwks' in keys ? createLocalJWKSet(keys.jwks) : createRemoteJWKSet(new URL(keys.jwksUrl))
}

/** The bare JOSEError and the time-out say that the key server failed; all others say that the token is no good. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return false
  return error.code !== 'ERR_JOSE_GENERIC' && error.code !== 'ERR_JWKS_TIMEOUT' && error.code !== 'ERR_JWKS_INVALID'
}

function readPerson(payload: JWTPayload, tenantOfOthers: string | undefined): Person | undefined {
  const userId = identifier.safeParse(payload.sub)
  const tenantId = identifier.safeParse(payload.tenant_id ?? tenantOfOthers)
  if (!userId.success || !tenantId.success) return undefined
  const scopes = typeof payload.scope === 'string' ? payload.scope.split(' ') : []
  return { kind: 'person', tenantId: tenantId.data, userId: userId.data, scopes: new Set(scopes) }
}
