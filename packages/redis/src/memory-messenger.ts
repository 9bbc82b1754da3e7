import { createListeners } from './listeners.ts'
import type { Messenger } from './messenger.ts'

export function createMemoryMessenger(): Messenger {
  const listeners = createListeners()
  return {
    async publish(topic, message) {
      // Later than the call, as over a network: a publisher never runs its listeners.
      queueMicrotask(() => listeners.tell(topic, message))
    },
    async subscribe(topic, listener) {
      listeners.add(topic, listener)
      return {
        async close() {
          listeners.remove(topic, listener)
        },
      }
    },
  }
}
