import { answerProblem, type ProblemAnswer } from '../answer.ts'
import type { CredentialStore } from '../ports.ts'
import { createApiKeyVerifier, parseApiKey } from './api-key.ts'
import { type Access, type Caller, mayCall } from './caller.ts'
import type { JwtVerifier } from './verify-jwt.ts'

const BEARER = /^Bearer +(\S+) *$/i
const TOKEN_LENGTH_MAX = 8_192

export type Admission =
  | { readonly ok: true; readonly caller: Caller }
  | { readonly ok: false; readonly answer: ProblemAnswer }

/** A key that is known from a moment ago is admitted at once: nearly every request is, and waiting costs each of them a turn. */
export type Admit = (authorization: string | null, access: Exclude<Access, 'public'>) => Admission | Promise<Admission>

export function createDoor(credentials: CredentialStore, jwt: JwtVerifier | undefined, now: () => Date): Admit {
  const verifyApiKey = createApiKeyVerifier(credentials, now)

  function identify(token: string): Caller | undefined | Promise<Caller | undefined> {
    if (token.length > TOKEN_LENGTH_MAX) return undefined
    const apiKey = parseApiKey(token)
    return apiKey ? verifyApiKey(apiKey) : jwt?.(token)
  }

  return function admit(authorization, access) {
    const token = BEARER.exec(authorization ?? '')?.[1]
    if (token === undefined)
      return refuse(401, 'credential_missing', 'Send an API key or a token as "Authorization: Bearer …".', 'Bearer')
    const caller = identify(token)
    return caller instanceof Promise ? caller.then((known) => admitCaller(known, access)) : admitCaller(caller, access)
  }
}

function admitCaller(caller: Caller | undefined, access: Exclude<Access, 'public'>): Admission {
  if (caller === undefined) {
    const detail = 'The API key or token is unknown, malformed, expired, revoked or meant for somebody else.'
    return refuse(401, 'credential_invalid', detail, 'Bearer error="invalid_token"')
  }
  if (mayCall(caller, access)) return { ok: true, caller }
  const challenge = `Bearer error="insufficient_scope", scope="${access.scope}"`
  return refuse(403, 'scope_missing', `The credential lacks the scope ${access.scope}.`, challenge)
}

type Refusal = 'credential_missing' | 'credential_invalid' | 'scope_missing'

function refuse(status: number, code: Refusal, detail: string, challenge: string): Admission {
  return { ok: false, answer: answerProblem(status, code, detail, { headers: { 'www-authenticate': challenge } }) }
}
