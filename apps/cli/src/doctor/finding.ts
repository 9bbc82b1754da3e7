/** What was looked at, and what a person can do where it is not well. */
export type Finding = { readonly name: string } & (
  | { readonly state: 'well' | 'not used'; readonly detail: string }
  | {
      readonly state: 'worth a look' | 'broken'
      readonly detail: string
      readonly cause: string
      readonly cure: string
    }
)

export interface Sick {
  readonly cause: string
  readonly cure: string
}
