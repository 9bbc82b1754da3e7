import type { StopAnswer } from '@carillon/contracts'
import { TENANT } from '../stores.ts'
import { at, type Command } from './command.ts'

export function stop(kind: 'read' | 'cancel' | 'acknowledge', index: number, userId: string): Command {
  return {
    name: kind,
    text: `${userId} asks to ${kind} by the API`,
    isPossible: ({ events }) => events.length > 0,
    async happen(world): Promise<void> {
      const event = at(world.events, index)
      if (!event) return
      world.watch.tell(() => `${userId}: ${kind} ${event.id}`)
      const answers: readonly StopAnswer[] = await world.stop({
        kind,
        tenantId: TENANT,
        notificationId: world.notificationIdOf(event, userId),
        userId,
        source: 'api',
      })
      world.watch.tell(() => `   answered: ${answers.join(', ') || 'nothing to stop'}`)
    },
  }
}

/** Over Kafka, by a name; a number beyond the events names one that will only be published later. */
export function readByTopic(index: number, userId: string): Command {
  return {
    name: 'read by topic',
    text: `a service says on notification.read that ${userId} read event e${index + 1}`,
    isPossible: () => true,
    happen: (world) => world.read(`e${index + 1}`, userId),
  }
}

export function switchMail(userId: string, isOff: boolean): Command {
  return {
    name: 'preferences',
    text: `${userId} switches e-mail ${isOff ? 'off' : 'on'}`,
    isPossible: () => true,
    happen: (world) => world.switchMail(userId, isOff),
  }
}
