import {
  type DeadLetterLine,
  deadLettersAnswerSchema,
  REPLAY_TOGETHER_MAX,
  replayDeadLettersAnswerSchema,
} from '@carillon/contracts'
import type { Outcome } from '../command.ts'
import type { DlqOptions, ListDlqOptions, ReplayDlqOptions } from '../commands/dlq.ts'
import type { Config } from '../config.ts'
import type { ApiClient } from './api-client.ts'
import { askApi } from './ask-api.ts'
import { renderTable, renderTime } from './render-table.ts'
import { startProgress } from './start-progress.ts'

const PAGE_LETTERS = 100
const topicOf = ({ topic }: DlqOptions) => `notification.${topic}.dlq`
const placeOf = ({ partition, offset }: Pick<DeadLetterLine, 'partition' | 'offset'>) => `${partition}:${offset}`

export function listDeadLetters(config: Config, options: ListDlqOptions): Promise<Outcome> {
  return askApi(config, options, async (api) => {
    const letters = await take(readLetters(api, topicOf(options)), options.limit)
    if (options.json) return void process.stdout.write(`${JSON.stringify(letters)}\n`)
    if (letters.length === 0) return void process.stdout.write(`There are no dead letters in ${topicOf(options)}.\n`)
    const rows = letters.map((letter) => [
      placeOf(letter),
      renderTime(letter.firstSeen),
      letter.reason ?? '',
      String(letter.attempts),
      letter.key ?? '',
      (letter.message ?? '').replaceAll(/\s+/g, ' ').slice(0, 80),
    ])
    process.stdout.write(renderTable(['place', 'first seen', 'reason', 'attempts', 'key', 'what is wrong'], rows))
    return undefined
  })
}

export function showDeadLetter(config: Config, place: string, options: DlqOptions): Promise<Outcome> {
  return askApi(config, options, async (api) => {
    for await (const letter of readLetters(api, topicOf(options))) {
      if (placeOf(letter) !== place) continue
      process.stdout.write(options.json ? `${JSON.stringify(letter)}\n` : renderLetter(letter))
      return 0
    }
    process.stderr.write(`carillon: ${place} is not among the dead letters of ${topicOf(options)}\n`)
    return 1
  })
}

export async function replayDeadLetters(config: Config, places: string[], options: ReplayDlqOptions): Promise<Outcome> {
  const { all = false, reason } = options
  if (places.length === 0 && !all && reason === undefined)
    return {
      problem: 'nothing to replay was named',
      cure: 'Name places as ./carillon dlq list prints them, --reason CODE or --all.',
    }
  const wrong = places.find((place) => !/^\d+:\d+$/.test(place))
  if (wrong) return { problem: `${wrong} is no place`, cure: 'A place is PARTITION:OFFSET, like 0:42.' }
  return askApi(config, options, async (api) => {
    const topic = topicOf(options)
    const wanted = places.length > 0 ? places.map(readPlace) : await choose(api, topic, reason)
    const answers = await replayAll(api, topic, wanted)
    const replayed = answers.filter(({ answer }) => answer === 'replayed').length
    if (options.json) process.stdout.write(`${JSON.stringify({ replayed, letters: answers })}\n`)
    else
      process.stdout.write(renderAnswers(replayed, answers.filter(({ answer }) => answer !== 'replayed').map(placeOf)))
    return replayed === answers.length ? 0 : 1
  })
}

async function choose(api: ApiClient, topic: string, reason: string | undefined) {
  const letters = await Array.fromAsync(readLetters(api, topic))
  return letters.filter((letter) => reason === undefined || letter.reason === reason)
}

async function replayAll(
  api: ApiClient,
  topic: string,
  letters: readonly Pick<DeadLetterLine, 'partition' | 'offset'>[],
) {
  const progress = startProgress('replayed')
  const answers = []
  for (let at = 0; at < letters.length; at += REPLAY_TOGETHER_MAX) {
    const together = letters.slice(at, at + REPLAY_TOGETHER_MAX).map(({ partition, offset }) => ({ partition, offset }))
    const body = { topic, letters: together }
    answers.push(...(await api.post('/api/admin/dlq/replay', body, replayDeadLettersAnswerSchema)).letters)
    progress.show(answers.length, letters.length)
  }
  progress.end()
  return answers
}

async function* readLetters(api: ApiClient, topic: string): AsyncGenerator<DeadLetterLine, void> {
  for (let cursor = ''; ; ) {
    const query = `topic=${topic}&limit=${PAGE_LETTERS}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`
    const page = await api.get(`/api/admin/dlq?${query}`, deadLettersAnswerSchema)
    yield* page.deadLetters
    if (page.nextCursor === null) return
    cursor = page.nextCursor
  }
}

async function take(letters: AsyncGenerator<DeadLetterLine, void>, limit: number): Promise<DeadLetterLine[]> {
  const taken: DeadLetterLine[] = []
  for await (const letter of letters) {
    taken.push(letter)
    if (taken.length >= limit) break
  }
  return taken
}

function readPlace(place: string) {
  const [partition = '', offset = ''] = place.split(':')
  return { partition: Number(partition), offset }
}

function renderLetter(letter: DeadLetterLine): string {
  const { value, ...rest } = letter
  const lines = Object.entries(rest).map(([name, shown]) => `${name.padEnd(18)}${shown ?? '–'}\n`)
  return `${lines.join('')}\n${value ?? 'The value is no text.'}\n`
}

function renderAnswers(replayed: number, missing: readonly string[]): string {
  const lost = missing.length > 0 ? `, not found: ${missing.join(', ')}` : ''
  return `${replayed} put back${lost}\n`
}
