import { apiKeysAnswerSchema, mintedKeyAnswerSchema, revokedKeyAnswerSchema } from '@carillon/contracts'
import type { z } from 'zod'
import type { Outcome } from '../command.ts'
import type { ApiOptions } from '../commands/api-options.ts'
import type { NewKeyOptions } from '../commands/keys.ts'
import type { Config } from '../config.ts'
import { askApi } from './ask-api.ts'
import { renderTable, renderTime } from './render-table.ts'

const PATH = '/api/api-keys'

export function listKeys(config: Config, options: ApiOptions): Promise<Outcome> {
  return askApi(config, options, async (api) => {
    const { apiKeys } = await api.get(PATH, apiKeysAnswerSchema)
    if (options.json) return void process.stdout.write(`${JSON.stringify(apiKeys)}\n`)
    const rows = apiKeys.map(({ id, name, scopes, expiresAt, revokedAt, lastUsedAt }) => [
      id,
      name,
      revokedAt ? `revoked ${renderTime(revokedAt)}` : expiresAt ? `until ${renderTime(expiresAt)}` : 'lives',
      lastUsedAt ? renderTime(lastUsedAt) : 'never',
      scopes.join(' '),
    ])
    process.stdout.write(renderTable(['id', 'name', 'state', 'last used', 'scopes'], rows))
    return undefined
  })
}

export function createKey(config: Config, options: NewKeyOptions): Promise<Outcome> {
  const { name, scope: scopes, expires: expiresAt } = options
  return askApi(config, options, async (api) =>
    print(await api.post(PATH, { name, scopes, ...(expiresAt && { expiresAt }) }, mintedKeyAnswerSchema), options),
  )
}

export function rotateKey(config: Config, id: string, options: ApiOptions): Promise<Outcome> {
  const path = `${PATH}/${encodeURIComponent(id)}/rotate`
  return askApi(config, options, async (api) => print(await api.post(path, {}, mintedKeyAnswerSchema), options))
}

export function revokeKey(config: Config, id: string, options: ApiOptions): Promise<Outcome> {
  return askApi(config, options, async (api) => {
    const answer = await api.delete(`${PATH}/${encodeURIComponent(id)}`, revokedKeyAnswerSchema)
    process.stdout.write(options.json ? `${JSON.stringify(answer)}\n` : `${id} works no more.\n`)
    return undefined
  })
}

/** The key alone on a line of its own, so that it can be cut out; what is said of it goes beside. */
function print({ apiKey, token }: z.infer<typeof mintedKeyAnswerSchema>, { json }: ApiOptions): undefined {
  if (json) return void process.stdout.write(`${JSON.stringify({ apiKey, token })}\n`)
  process.stdout.write(`${token}\n`)
  process.stderr.write(`${apiKey.id} "${apiKey.name}" may ${apiKey.scopes.join(', ')}. It is not shown again.\n`)
  return undefined
}
