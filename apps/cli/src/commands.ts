import type { CommandModule } from './command.ts'
import { audit } from './commands/audit.ts'
import { bench } from './commands/bench.ts'
import { check } from './commands/check.ts'
import { completion } from './commands/completion.ts'
import { dlq } from './commands/dlq.ts'
import { doctor } from './commands/doctor.ts'
import { events } from './commands/events.ts'
import { explain } from './commands/explain.ts'
import { faults } from './commands/faults.ts'
import { keys } from './commands/keys.ts'
import { lag } from './commands/lag.ts'
import { migrate } from './commands/migrate.ts'
import { outbox } from './commands/outbox.ts'
import { prove } from './commands/prove.ts'
import { replay } from './commands/replay.ts'
import { reseal } from './commands/reseal.ts'
import { send } from './commands/send.ts'
import { status } from './commands/status.ts'
import { templates } from './commands/templates.ts'
import { test } from './commands/test.ts'
import { topics } from './commands/topics.ts'
import { up } from './commands/up.ts'
import { users } from './commands/users.ts'

// In the order in which the help shows them.
export const commands: readonly CommandModule[] = [
  up,
  send,
  status,
  explain,
  events,
  outbox,
  topics,
  lag,
  dlq,
  replay,
  users,
  templates,
  keys,
  doctor,
  migrate,
  reseal,
  audit,
  check,
  test,
  prove,
  faults,
  bench,
  completion,
]
