import { createPrivateKey } from 'node:crypto'
import { SignJWT } from 'jose'
import { z } from 'zod'
import type { FailedAnswer } from '../device-answer.ts'
import { parseJson } from './fcm-answers.ts'

/** Signs in as the service account (RFC 7523) and keeps the access token until shortly before it ends. */
export interface AccessTokens {
  read(): Promise<AccessToken>
  /** The service did not take it. */
  forget(token: string): void
}

export type AccessToken =
  | { readonly ok: true; readonly token: string; readonly ageMs: number }
  | { readonly ok: false; readonly answer: FailedAnswer }

export interface ServiceAccount {
  readonly clientEmail: string
  /** PEM; line breaks may be written as \n, as environments like to have them. */
  readonly privateKey: string
  readonly tokenUrl?: string
}

const googleTokenUrl = 'https://oauth2.googleapis.com/token'
const scope = 'https://www.googleapis.com/auth/firebase.messaging'
const signInLimitMs = 10_000
const renewBeforeMs = 5 * 60_000

export function createAccessTokens(account: ServiceAccount): AccessTokens {
  const { clientEmail, tokenUrl = googleTokenUrl } = account
  const key = readKey(account.privateKey)
  let kept: { token: string; atMs: number; untilMs: number } | undefined
  let signingIn: Promise<AccessToken> | undefined

  async function signIn(): Promise<AccessToken> {
    const assertion = await new SignJWT({ scope })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuer(clientEmail)
      .setAudience(tokenUrl)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(key)
    const answer = await askForToken(tokenUrl, assertion)
    if (!('token' in answer)) return { ok: false, answer }
    const { token, lifetimeMs } = answer
    const atMs = performance.now()
    kept = { token, atMs, untilMs: atMs + lifetimeMs - Math.min(renewBeforeMs, lifetimeMs / 2) }
    return { ok: true, token, ageMs: 0 }
  }

  return {
    async read() {
      const nowMs = performance.now()
      if (kept && nowMs < kept.untilMs) return { ok: true, token: kept.token, ageMs: nowMs - kept.atMs }
      signingIn ??= signIn().finally(() => {
        signingIn = undefined
      })
      return signingIn
    },
    forget(token) {
      if (kept?.token === token) kept = undefined
    },
  }
}

function readKey(privateKey: string) {
  try {
    return createPrivateKey(privateKey.replaceAll('\\n', '\n'))
  } catch {
    // Without the cause, which may quote the key.
    throw new Error('create the push channel: the private key of the service account is no PEM key')
  }
}

const tokenSchema = z.object({ access_token: z.string().min(1), expires_in: z.number().positive().catch(3_600) })

async function askForToken(tokenUrl: string, assertion: string) {
  const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
  try {
    const signal = AbortSignal.timeout(signInLimitMs)
    const response = await fetch(tokenUrl, { method: 'POST', body, redirect: 'manual', signal })
    const answer = parseJson(await response.text())
    const granted = tokenSchema.safeParse(answer)
    if (response.ok && granted.success) {
      return { token: granted.data.access_token, lifetimeMs: granted.data.expires_in * 1_000 }
    }
    const words = z.object({ error: z.string().max(100) }).safeParse(answer)
    return refuse(response.status, `sign-in answered ${response.status} ${words.data?.error ?? ''}`.trim())
  } catch (error) {
    return fail(`sign-in failed: ${error instanceof Error ? error.name : 'unknown'}`)
  }
}

/** 4xx is about the account; 408 and 429 are not. */
function refuse(status: number, error: string): FailedAnswer {
  if (status < 400 || status >= 500 || status === 408 || status === 429) return fail(error)
  const about = { stopsChannel: true, alert: true, notHandedOver: true } as const
  return { outcome: 'unavailable', provider: 'fcm', reason: 'push_credentials', error, ...about }
}

function fail(error: string): FailedAnswer {
  const about = { opensBreaker: true, notHandedOver: true } as const
  return { outcome: 'unavailable', provider: 'fcm', reason: 'push_sign_in_unavailable', error, ...about }
}
