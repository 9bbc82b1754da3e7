// A long run with a seed that shows a promise kept, in figures. One file a proof; `./carillon prove NAME` runs it.
export type ProofOptions = {
  // Everything that is left to chance comes from it, so that a run can be repeated.
  seed: number
  // The form that CI has time for.
  quick: boolean
  // Where the broker comes from. A proof that needs a particular one opens that and says so.
  on: 'embedded' | 'kafka' | 'containers'
  // How long to go on, for a proof that can go on for ever.
  minutes?: number
  // A part of it, by a word of its name, for a proof that has parts.
  only?: string
  print(line: string): void
}

export type ProofResult = { passed: boolean; figures: Record<string, number | string> }

export type Proof = {
  name: string
  summary: string
  run(options: ProofOptions): Promise<ProofResult>
}
