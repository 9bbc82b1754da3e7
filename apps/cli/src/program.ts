import { Command, CommanderError } from 'commander'
import type { CommandModule, Outcome } from './command.ts'
import type { Config } from './config.ts'

const usageExitCode = 2

function buildProgram(config: Config, commands: readonly CommandModule[], finish: (outcome: Outcome) => void): Command {
  const program = new Command('carillon')
    .description('Turns events into notifications, on the right channel at the right moment.')
    .helpCommand(false)
    .showSuggestionAfterError()
    .showHelpAfterError('Run it with --help to see what it takes.')
    .exitOverride()
  for (const module of commands) {
    const command = program.command(module.name).description(module.summary)
    module.build(command, config, finish)
  }
  return program
}

function printProblem(outcome: { problem: string; cure: string }): void {
  process.stderr.write(`carillon: ${outcome.problem}\n${outcome.cure}\n`)
}

// Answers the exit code. A crash of ours is thrown on: it must keep its stack.
export async function runProgram(argv: string[], config: Config, commands: readonly CommandModule[]): Promise<number> {
  let outcome: Outcome = { exitCode: 0 }
  const program = buildProgram(config, commands, (answer) => {
    outcome = answer
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    return error.exitCode === 0 ? 0 : usageExitCode
  }
  const answer: Outcome = outcome
  if ('exitCode' in answer) return answer.exitCode
  printProblem(answer)
  return 1
}
