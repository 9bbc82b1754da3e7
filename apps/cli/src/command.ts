import type { Command } from 'commander'
import type { Config } from './config.ts'

// What a command says of itself at its end: an exit code after it has printed its own answer, or a problem that a
// person can do something about.
export type Outcome = { exitCode: number } | { problem: string; cure: string }

export type Finish = (outcome: Outcome) => void

// One file a command. `build` runs for every call, `--help` included, so whatever is heavy is imported in the action.
export type CommandModule = {
  name: string
  summary: string
  build(command: Command, config: Config, finish: Finish): void
}
