import type { CommandModule } from './command.ts'
import { audit } from './commands/audit.ts'
import { check } from './commands/check.ts'
import { doctor } from './commands/doctor.ts'
import { faults } from './commands/faults.ts'
import { lag } from './commands/lag.ts'
import { migrate } from './commands/migrate.ts'
import { outbox } from './commands/outbox.ts'
import { prove } from './commands/prove.ts'
import { send } from './commands/send.ts'
import { test } from './commands/test.ts'
import { topics } from './commands/topics.ts'
import { up } from './commands/up.ts'

// In the order in which the help shows them.
export const commands: readonly CommandModule[] = [
  up,
  send,
  outbox,
  topics,
  lag,
  doctor,
  migrate,
  audit,
  check,
  test,
  prove,
  faults,
]
