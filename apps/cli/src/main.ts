import { commands } from './commands.ts'
import { readConfig } from './config.ts'
import { runProgram } from './program.ts'

// `carillon topics | head` closes the pipe early; that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

// No process.exit: what is still on its way to a pipe would be cut.
process.exitCode = await runProgram(process.argv.slice(2), readConfig(), commands)
