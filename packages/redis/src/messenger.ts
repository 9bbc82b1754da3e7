/** Hints between processes. One may be lost at any moment, so none may carry what cannot be read elsewhere. */
export interface Messenger {
  publish(topic: string, message: string): Promise<void>
  /** Resolves once messages arrive. */
  subscribe(topic: string, listener: Listener): Promise<Subscription>
}

export interface Listener {
  onMessage(message: string): void
  /** Messages may have been lost: what they hinted at has to be read again. */
  onGap?(): void
}

export interface Subscription {
  close(): Promise<void>
}
