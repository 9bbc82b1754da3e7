import type { CommandModule } from './command.ts'
import { check } from './commands/check.ts'
import { prove } from './commands/prove.ts'
import { test } from './commands/test.ts'

// In the order in which the help shows them.
export const commands: readonly CommandModule[] = [check, test, prove]
