import {
  apiKeyInputSchema,
  apiKeysAnswerSchema,
  identifier,
  mintedKeyAnswerSchema,
  type Problem,
  revokedKeyAnswerSchema,
  rotateInputSchema,
} from '@carillon/contracts'
import { z } from 'zod'
import { type Answer, answerInvalid, answerJson, answerNotFound, answerProblem } from '../answer.ts'
import { jsonBody } from '../parse-inputs.ts'
import type { StoredApiKey } from '../ports.ts'
import { defineRoute } from '../route.ts'
import { mintApiKey } from './api-key.ts'
import { type Caller, SCOPES } from './caller.ts'

const params = z.object({ id: identifier })
const access = { scope: 'keys:write', people: 'scoped' } as const

export const getApiKeys = defineRoute({
  method: 'get',
  path: '/api/api-keys',
  access: { scope: 'keys:read', people: 'scoped' },
  summary: 'See the API keys of the tenant',
  description: 'Those that ended too. `lastUsedAt` is true to a minute; no secret is ever shown.',
  answers: { 200: { description: 'The oldest first', schema: apiKeysAnswerSchema } },
  async handle({ caller, exchange }) {
    const keys = await exchange.ports.credentials.listApiKeys(caller.tenantId)
    return answerJson(200, { apiKeys: keys.map(describeKey) })
  },
})

export const postApiKey = defineRoute({
  method: 'post',
  path: '/api/api-keys',
  access,
  summary: 'Make an API key',
  description: 'With scopes of your own only. The key is shown once; what is kept is a hash of it.',
  body: jsonBody(apiKeyInputSchema, { example: { name: 'orders', scopes: ['events:write', 'events:read'] } }),
  answers: {
    201: { description: 'The key, this once', schema: mintedKeyAnswerSchema },
    409: { description: 'The name has two keys that live: revoke one, or take another name' },
  },
  async handle({ caller, body: { name, scopes, expiresAt }, exchange }) {
    const end = expiresAt ? new Date(expiresAt) : null
    const problems = [...findScopeProblems(scopes, caller), ...findEndProblems(end, exchange.settings.now())]
    if (problems.length > 0) return answerInvalid(problems)
    const { id, secretHash, token } = mintApiKey()
    const key = { id, tenantId: caller.tenantId, name, secretHash, scopes: [...new Set(scopes)], expiresAt: end }
    const added = await exchange.ports.credentials.addApiKey(key)
    return added ? answerJson(201, { apiKey: describeKey(added), token }) : answerTwoLive()
  },
})

export const rotateApiKey = defineRoute({
  method: 'post',
  path: '/api/api-keys/{id}/rotate',
  access,
  summary: 'Replace an API key without a stop',
  description:
    'Makes a key with the same name, scopes and end. The old one goes on for `overlapSeconds`, a day unless said ' +
    'otherwise, so that both work while services change over.',
  params,
  body: jsonBody<z.infer<typeof rotateInputSchema>>(rotateInputSchema, {
    isOptional: true,
    example: { overlapSeconds: 86_400 },
  }),
  answers: {
    201: { description: 'The new key, this once', schema: mintedKeyAnswerSchema },
    404: { description: 'There is no such key that lives' },
    409: { description: 'The name has two keys that live already' },
  },
  async handle({ caller, params: { id }, body: { overlapSeconds }, exchange }) {
    const { credentials } = exchange.ports
    const old = await credentials.findApiKey(id)
    if (old?.tenantId !== caller.tenantId) return answerNotFound('API key')
    const problems = findScopeProblems(old.scopes, caller)
    if (problems.length > 0) return answerInvalid(problems)
    const { token, ...next } = mintApiKey()
    const rotated = await credentials.rotateApiKey(caller.tenantId, id, next, overlapSeconds)
    if (rotated === 'unknown') return answerNotFound('API key')
    return rotated === 'two_live' ? answerTwoLive() : answerJson(201, { apiKey: describeKey(rotated), token })
  },
})

export const deleteApiKey = defineRoute({
  method: 'delete',
  path: '/api/api-keys/{id}',
  access,
  summary: 'Revoke an API key',
  description: 'Every process refuses it within five seconds.',
  params,
  answers: {
    200: { description: 'It works no more', schema: revokedKeyAnswerSchema },
    404: { description: 'There is none, or it was revoked before' },
  },
  async handle({ caller, params: { id }, exchange }) {
    const isRevoked = await exchange.ports.credentials.revokeApiKey(caller.tenantId, id)
    return isRevoked ? answerJson(200, { success: true }) : answerNotFound('API key')
  },
})

/** Nobody hands out what they do not hold, or a key for keys would be a key for everything. */
function findScopeProblems(scopes: readonly string[], caller: Caller): Problem[] {
  const known: readonly string[] = SCOPES
  return [...new Set(scopes)].flatMap((scope): Problem[] => {
    if (!known.includes(scope)) return [{ path: 'scopes', message: `must be some of ${SCOPES.join(', ')}` }]
    return caller.scopes.has(scope) ? [] : [{ path: 'scopes', message: `may not hold ${scope}, which you do not hold` }]
  })
}

function findEndProblems(end: Date | null, now: Date): Problem[] {
  return end !== null && end <= now ? [{ path: 'expiresAt', message: 'must be in the future' }] : []
}

function answerTwoLive(): Answer {
  return answerProblem(409, 'too_many_keys', 'A name may have two keys that live: revoke one, or take another name.')
}

function describeKey({ id, name, scopes, createdAt, expiresAt, revokedAt, lastUsedAt }: StoredApiKey) {
  return {
    id,
    name,
    scopes,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  }
}
