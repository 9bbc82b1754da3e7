import type { MessageContent } from '@carillon/delivery'
import type { CountedSms } from './gsm7.ts'
import { countSms, isGsm7, spellPlainly } from './gsm7.ts'

export interface ComposeSmsOptions {
  /** One unless the content is worth more: each segment is paid for. */
  readonly segmentsMax?: number
  /** Such as `🔔 `; every emoji makes the whole text UCS-2, so there is none unless it is asked for. */
  readonly emojiPrefix?: string
  /** Where a relative `actionUrl` leads; without it such a link is left out. */
  readonly publicBaseUrl?: string
}

export interface ComposedSms extends CountedSms {
  readonly text: string
  readonly isCut: boolean
}

/** Kept whole, whatever becomes of the words: half of what a text of one segment holds in UCS-2. */
const shortLinkMax = 35
/** A longer link that leaves less room than this for words is left out: half a link is worse than none. */
const wordUnitsMin = 20

export function composeSms(content: MessageContent, options: ComposeSmsOptions = {}): ComposedSms {
  const segmentsMax = options.segmentsMax ?? 1
  const { words, link } = readParts(content, options)
  const whole = spellPlainly(join(words, link))
  const counted = countSms(whole)
  if (counted.segments <= segmentsMax) return { text: whole, isCut: false, ...counted }
  const text = cutWords(words, link, segmentsMax) ?? cutWords(words, '', segmentsMax) ?? ''
  return { text, isCut: true, ...countSms(text) }
}

function readParts(content: MessageContent, { emojiPrefix = '', publicBaseUrl }: ComposeSmsOptions) {
  const title = toPlain(content.title)
  const message = toPlain(content.message)
  const hasTitle = title !== '' && !message.startsWith(title)
  const both = hasTitle ? join(message === '' ? title : `${title}:`, message) : message
  const actionUrl = resolveLink(content.actionUrl, publicBaseUrl)
  // A link that the text itself ends with is kept whole like one of its own.
  const [, before, last] = /^(.*\S)\s+(https?:\/\/\S+)$/su.exec(both) ?? []
  const link = actionUrl === undefined ? (last ?? '') : both.includes(actionUrl) ? '' : actionUrl
  const words = actionUrl === undefined ? (before ?? both) : both
  return { words: both === '' ? '' : emojiPrefix + words, link }
}

function resolveLink(actionUrl: string | undefined, publicBaseUrl: string | undefined): string | undefined {
  if (actionUrl === undefined || actionUrl === '') return undefined
  if (/^https?:\/\//i.test(actionUrl)) return actionUrl
  return publicBaseUrl === undefined ? undefined : new URL(actionUrl, publicBaseUrl).href
}

/** Plain text: whole surrogate pairs, no control or formatting characters, no runs of space. */
function toPlain(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\u2028\u2029\r]\n?/g, '\n')
    .replace(/[^\P{Cc}\n]|[\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069]/gu, ' ')
    .replace(/[^\S\n\u00a0\u202f]+/g, ' ')
    .replace(/ ?\n[ \n]*/g, '\n')
    .trim()
}

function join(words: string, link: string): string {
  return [words, link].filter((part) => part !== '').join(' ')
}

/** The longest beginning that fits with its ellipsis and the link, ending with a word; undefined when too little fits. */
function cutWords(words: string, link: string, segmentsMax: number): string | undefined {
  const ends = readEnds(words.slice(0, segmentsMax * 160))
  const longestAnywhere = findLongest(ends.anywhere)
  const longestWord = findLongest(ends.words)
  // One endless word, or a script without spaces, is cut between two characters.
  const isWordGood = longestWord !== undefined && longestWord.end >= (longestAnywhere?.end ?? 0) / 2
  const longest = isWordGood ? longestWord : longestAnywhere
  const isLinkShort = link.length <= shortLinkMax
  if (longest === undefined) return isLinkShort && link !== '' ? link : undefined
  const isTooLittle = link !== '' && !isLinkShort && longest.end < Math.min(wordUnitsMin, words.length)
  return isTooLittle ? undefined : longest.text

  function findLongest(candidates: readonly number[]) {
    for (const end of candidates) {
      const text = withEllipsis(words.slice(0, end).trimEnd(), link)
      if (countSms(text).segments <= segmentsMax) return { end, text }
    }
    return undefined
  }
}

/** `…` is not in GSM-7 and would turn the whole text into UCS-2. Dots right behind a link would become part of it. */
function withEllipsis(beginning: string, link: string): string {
  const kept = /https?:\/\/\S+$/u.test(beginning) ? `${beginning} ` : beginning
  const plain = spellPlainly(join(`${kept}...`, link))
  return isGsm7(plain) ? plain : join(`${kept}…`, link)
}

/** Where a cut may be, the longest first: after a word, or between any two characters that are not inside a link. */
function readEnds(text: string) {
  const words = Array.from(text.matchAll(/\s+|$/gu), ({ index }) => index).filter((index) => index > 0)
  const links = Array.from(text.matchAll(/https?:\/\/\S+/gu), ({ index, 0: link }) => [index, index + link.length])
  const isInLink = (end: number) => links.some(([start = 0, stop = 0]) => end > start && end < stop)
  const characters = new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)
  const anywhere = Array.from(characters, ({ index, segment }) => index + segment.length)
  return { words: words.reverse(), anywhere: anywhere.filter((end) => !isInLink(end)).reverse() }
}
