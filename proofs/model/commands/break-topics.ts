import { KINDS, TOPICS_OF } from '../world/fleet.ts'
import { at, type Command } from './command.ts'

export const TOPICS = KINDS.flatMap((kind) => TOPICS_OF[kind])

export function rewind(topic: number): Command {
  const chosen = at(TOPICS, topic) ?? ''
  return {
    name: 'replay a topic',
    text: `${chosen} is read again from its beginning`,
    isPossible: ({ log }) => (log.readPosition(chosen).committed ?? 0) > 0,
    happen: (world) => world.rewind(chosen),
  }
}

export function truncate(topic: number): Command {
  const chosen = at(TOPICS_OF.worker, topic) ?? ''
  return {
    name: 'lose a topic',
    text: `what nobody has read of ${chosen} is lost`,
    isPossible: ({ log }) => log.readPosition(chosen).logEnd > log.readPosition(chosen).logStart,
    happen: ({ log }) => log.truncate(chosen),
  }
}
