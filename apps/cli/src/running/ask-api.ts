import type { Outcome } from '../command.ts'
import type { ApiOptions } from '../commands/api-options.ts'
import type { Config } from '../config.ts'
import { type ApiClient, createApiClient, RefusedRequest } from './api-client.ts'
import { nameDataDir } from './data-dir.ts'
import { findRunning } from './find-running.ts'

/** What the API refuses is no fault of ours: a sentence, and no stack. Answers the exit code, 0 unless told otherwise. */
export async function askApi(
  config: Config,
  options: ApiOptions,
  ask: (api: ApiClient) => Promise<number | undefined>,
): Promise<Outcome> {
  const where = await findApi(config, options)
  if ('problem' in where) return where
  try {
    return { exitCode: (await ask(createApiClient(where))) ?? 0 }
  } catch (error) {
    if (!(error instanceof RefusedRequest)) throw error
    return { problem: error.message, cure: error.cure }
  }
}

async function findApi({ environment, rootDir }: Config, { url, data }: ApiOptions) {
  const api = url ?? environment.CARILLON_URL
  if (api === undefined) return findRunning(nameDataDir(rootDir, data))
  const apiKey = environment.CARILLON_API_KEY
  if (apiKey) return { api: api.replace(/\/+$/, ''), apiKey }
  return { problem: `no key is named for ${api}`, cure: 'Set CARILLON_API_KEY to a key of that installation.' }
}
