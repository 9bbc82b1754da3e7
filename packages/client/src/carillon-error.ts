import type { Problem } from '@carillon/contracts'

export interface Refusal {
  /** Of the HTTP answer; absent where there was none. */
  readonly status?: number
  /** Stable, such as `invalid_event` or `not_accepted`. */
  readonly code: string
  readonly problems?: readonly Problem[]
  /** What to name when asking the operators. */
  readonly requestId?: string
}

/** Everything that this package rejects with; `message` lists every problem that was found. */
export class CarillonError extends Error {
  override readonly name = 'CarillonError'
  readonly status: number | undefined
  readonly code: string
  readonly problems: readonly Problem[]
  readonly requestId: string | undefined

  constructor(title: string, { status, code, problems = [], requestId }: Refusal, cause?: unknown) {
    const listed = problems.map(({ path, message }) => `\n  ${path}: ${message}`).join('')
    super(`${title}${listed}`, cause === undefined ? {} : { cause })
    this.status = status
    this.code = code
    this.problems = problems
    this.requestId = requestId
  }
}
