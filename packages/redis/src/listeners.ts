import type { Listener } from './messenger.ts'

/** Who listens to which topic, and what they are told. */
export interface Listeners {
  add(topic: string, listener: Listener): void
  /** Whether somebody still listens to it. */
  remove(topic: string, listener: Listener): boolean
  tell(topic: string, message: string): void
  tellGap(): void
  readTopics(): readonly string[]
}

export function createListeners(): Listeners {
  const byTopic = new Map<string, Set<Listener>>()
  return {
    add(topic, listener) {
      byTopic.set(topic, (byTopic.get(topic) ?? new Set()).add(listener))
    },
    remove(topic, listener) {
      const listeners = byTopic.get(topic)
      listeners?.delete(listener)
      if (listeners?.size === 0) byTopic.delete(topic)
      return byTopic.has(topic)
    },
    tell(topic, message) {
      for (const listener of byTopic.get(topic) ?? []) listener.onMessage(message)
    },
    tellGap() {
      for (const listeners of byTopic.values()) for (const listener of listeners) listener.onGap?.()
    },
    readTopics: () => [...byTopic.keys()],
  }
}
