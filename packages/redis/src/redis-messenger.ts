import type { Redis } from 'ioredis'
import type { RedisLog } from './connection.ts'
import { createListeners } from './listeners.ts'
import type { Messenger } from './messenger.ts'

export interface RedisMessenger extends Messenger {
  /** Subscribes anew after the connection was lost. */
  catchUp(): Promise<void>
}

/** `subscriber` is a connection of its own: what listens cannot ask. */
export function createRedisMessenger(client: Redis, subscriber: Redis, prefix: string, log: RedisLog): RedisMessenger {
  const listeners = createListeners()
  const channelOf = (topic: string) => `${prefix}topic:${topic}`
  subscriber.on('message', (channel: string, message: string) => {
    listeners.tell(channel.slice(channelOf('').length), message)
  })

  async function listenTo(topics: readonly string[]): Promise<boolean> {
    if (topics.length === 0) return true
    try {
      await subscriber.subscribe(...topics.map(channelOf))
      return true
    } catch (error) {
      log.debug({ err: error }, 'messenger.away')
      return false
    }
  }

  return {
    async publish(topic, message) {
      try {
        await client.publish(channelOf(topic), message)
      } catch (error) {
        log.debug({ err: error }, 'messenger.away')
      }
    },
    async subscribe(topic, listener) {
      listeners.add(topic, listener)
      await listenTo([topic])
      return {
        async close() {
          if (!listeners.remove(topic, listener)) await subscriber.unsubscribe(channelOf(topic)).catch(() => undefined)
        },
      }
    },
    async catchUp() {
      if (await listenTo(listeners.readTopics())) listeners.tellGap()
    },
  }
}
