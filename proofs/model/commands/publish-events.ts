import type { EventKind } from '../catalogue.ts'
import { at, type Command } from './command.ts'

export function publish(kind: EventKind, names: readonly string[]): Command {
  return {
    name: 'publish',
    text: `an event of kind “${kind}” for ${names.join(' and ')} is published`,
    isPossible: ({ events }) => events.length < 5,
    happen: ({ publish }) => void publish(kind, names),
  }
}

export function publishAgain(index: number, isConflicting: boolean): Command {
  return {
    name: isConflicting ? 'publish other content' : 'publish again',
    text: isConflicting ? 'a producer uses an id again for another content' : 'a producer publishes an event again',
    isPossible: ({ events }) => events.length > 0 && events.length < 8,
    happen(world) {
      const event = at(world.events, index)
      if (!event) return
      if (isConflicting && !event.isConflicting) world.publish(event.kind, event.people, event)
      else world.publishAgain(event)
    },
  }
}
