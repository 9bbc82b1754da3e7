/**
 * queue_full: nothing was sent. too_large, unknown_topic, refused: the broker will not take this record as it is.
 * unavailable: no acknowledgement in time; the record may be in the log or not, and the caller may repeat it.
 * closed: the producer is closing; nothing was sent.
 */
export type PublishErrorCode = 'queue_full' | 'too_large' | 'unknown_topic' | 'refused' | 'unavailable' | 'closed'

const RETRIABLE: ReadonlySet<PublishErrorCode> = new Set(['queue_full', 'unknown_topic', 'unavailable', 'closed'])

export class PublishError extends Error {
  override readonly name = 'PublishError'
  readonly code: PublishErrorCode
  readonly retriable: boolean

  constructor(code: PublishErrorCode, message: string, cause?: unknown) {
    super(message, { cause })
    this.code = code
    this.retriable = RETRIABLE.has(code)
  }
}
