import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { QUICK_SETTINGS } from '@carillon/testkit'
import { type Posting, startPosting } from './embedded-kills/post-events.ts'
import { findPostgres, type Ready, spawnUp, type UpProcess } from './embedded-kills/up-process.ts'
import { judge } from './embedded-kills/verdict.ts'
import { createRandom, type Random } from './fleet/random.ts'
import type { Proof, ProofOptions, ProofResult } from './proof.ts'

const KILLS = { full: 100, quick: 8 }
const LIVES_MS_MAX = 1_500
const START_MS_MAX = 4_000
// A few mails in the air at a time, as with a real mail server; a kill leaves no more than these in doubt.
const settings = { ...QUICK_SETTINGS, EMAIL_WORKER_CONCURRENCY: '5' }
// So many kills apart: one of these hits a start, one of those takes Postgres along, as a power cut would.
const EACH_WHILE_STARTING = 5
const EACH_WITH_POSTGRES = 4

/** The whole of `./carillon up` dies again and again while services post; its mails and rows are compared afterwards. */
export const proof: Proof = {
  name: 'embedded-kills',
  summary:
    'kill -9 of ./carillon up loses nothing that got its 202, doubles nothing in silence, and starts again at once',
  async run(options) {
    const dataDir = await mkdtemp(join(tmpdir(), 'carillon-kills-'))
    let hasPassed = false
    try {
      const result = await killAgainAndAgain(dataDir, options)
      hasPassed = result.passed
      return result
    } finally {
      if (hasPassed) await rm(dataDir, { recursive: true, force: true })
      else options.print(`its data is kept in ${dataDir}`)
    }
  },
}

async function killAgainAndAgain(dataDir: string, { seed, quick, print }: ProofOptions): Promise<ProofResult> {
  const random = createRandom(seed)
  print(
    `settings: ${Object.entries(settings)
      .map((setting) => setting.join('='))
      .join(' ')}`,
  )
  const posting = startPosting(random.fork('posts'))
  const starts: Ready[] = []
  let up = spawnUp(dataDir, settings)
  let killsWhileStarting = 0
  let killsWithPostgres = 0
  try {
    starts.push(await reach(up, posting))
    const kills = quick ? KILLS.quick : KILLS.full
    for (let kill = 1; kill <= kills; kill++) {
      await Bun.sleep(random.below(LIVES_MS_MAX))
      await strike(up, posting)
      if (kill % EACH_WITH_POSTGRES === 0) {
        process.kill((await findPostgres(dataDir)).pid, 'SIGKILL')
        killsWithPostgres++
      }
      up = spawnUp(dataDir, settings)
      if (kill % EACH_WHILE_STARTING === 0) {
        kill++
        killsWhileStarting++
        await killWhileStarting(up, random)
        up = spawnUp(dataDir, settings)
      }
      starts.push(await reach(up, posting))
      if (starts.length % 10 === 0) print(`${kill} kills, ${posting.posted.accepted.size} events accepted`)
    }
    await posting.finish()
    const { posted } = posting
    const verdict = await judge(dataDir, posted.accepted)
    const stoppedWith = await up.stop()
    return conclude(starts, { kills, killsWhileStarting, killsWithPostgres }, posted, verdict, stoppedWith)
  } catch (error) {
    await up.kill()
    throw error
  }
}

async function reach(up: UpProcess, posting: Posting): Promise<Ready> {
  const ready = await up.ready
  posting.aim(ready)
  return ready
}

async function strike(up: UpProcess, posting: Posting): Promise<void> {
  await up.kill()
  posting.aim(undefined)
}

/** At any moment up to where it would have been ready. */
async function killWhileStarting(up: UpProcess, random: Random): Promise<void> {
  await Promise.race([Bun.sleep(random.below(600)), up.ready])
  await up.kill()
}

function conclude(
  [first, ...later]: readonly Ready[],
  kills: { kills: number; killsWhileStarting: number; killsWithPostgres: number },
  posted: Posting['posted'],
  verdict: Awaited<ReturnType<typeof judge>>,
  stoppedWith: number,
): ProofResult {
  const startsMs = later.map(({ startedInMs }) => Math.round(startedInMs)).sort((one, other) => one - other)
  const slowest = startsMs.at(-1) ?? 0
  const silent = later.filter(({ recovered }) => recovered.length === 0).length
  const said = Map.groupBy(
    later.flatMap(({ recovered }) => recovered),
    (sentence) => sentence.replace(/\d+/, 'some'),
  )
  const violations = Object.entries(verdict.violations)
  const isClean = violations.every(([, ids]) => ids.length === 0) && posted.refused.length === 0
  return {
    passed:
      isClean && slowest < START_MS_MAX && silent === 0 && stoppedWith === 0 && posted.accepted.size > kills.kills,
    figures: {
      kills: kills.kills,
      'of these while it started': kills.killsWhileStarting,
      'of these together with Postgres': kills.killsWithPostgres,
      'events accepted': posted.accepted.size,
      'posts repeated for want of an answer': [...posted.unanswered].map((entry) => entry.join(' ')).join(', ') || 0,
      'events refused': posted.refused.slice(0, 3).join(', ') || 0,
      deliveries: verdict.byStatus,
      possiblySent: verdict.possiblySent,
      'sent twice, and said so': verdict.sentTwice,
      'FAILED outcome_unknown after three kills in mid-air, and said so': verdict.givenUp,
      ...Object.fromEntries(
        violations.map(([what, ids]) => [what, ids.length === 0 ? 0 : `${ids.length}: ${ids.slice(0, 3)}`]),
      ),
      'first start, ms': Math.round(first?.startedInMs ?? 0),
      'next start, ms, median': startsMs[startsMs.length >> 1] ?? 0,
      'next start, ms, slowest': slowest,
      'starts that said nothing of what they recovered': silent,
      ...Object.fromEntries([...said].map(([sentence, times]) => [`said: ${sentence}`, times.length])),
    },
  }
}
