import { queuesAnswerSchema } from '@carillon/contracts'
import type { Running } from '../running/find-running.ts'
import type { Finding } from './finding.ts'

const name = 'fleet'
const ANSWER_MS_MAX = 5_000

/** Of `./carillon up` on this data directory; other installations are asked at their own /health. */
export async function checkApi(running: Running | undefined): Promise<Finding> {
  if (!running) return { name, state: 'not used', detail: 'no ./carillon up runs on this data directory' }
  const answer = await askQueues(running.api)
  if (!answer) {
    const cure = `Look into ${running.dataDir}/carillon.log, and start ./carillon up again.`
    return { name, state: 'broken', detail: running.api, cause: 'its API does not answer', cure }
  }
  const stopped = answer.queues.filter((queue) => queue.stopped).map(({ channel }) => channel)
  const paused = answer.queues.filter((queue) => queue.paused).map(({ channel }) => channel)
  const detail = `${running.api}, channels ${answer.queues.map(({ channel }) => channel).join(', ')}`
  if (stopped.length > 0) {
    const cure = 'Their log says what the provider refused; correct its settings and start the channel again.'
    return { name, state: 'broken', detail, cause: `${stopped.join(', ')} stands still until a person acts`, cure }
  }
  if (paused.length === 0) return { name, state: 'well', detail }
  const cure = 'POST /api/admin/queues/CHANNEL/resume, when that is what you want.'
  return { name, state: 'worth a look', detail, cause: `${paused.join(', ')} is paused`, cure }
}

async function askQueues(api: string) {
  try {
    const response = await fetch(`${api}/health/queues`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) })
    return queuesAnswerSchema.safeParse(await response.json()).data
  } catch {
    return undefined
  }
}
