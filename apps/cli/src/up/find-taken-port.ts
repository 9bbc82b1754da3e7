import type { UpOptions } from '../commands/up.ts'
import type { NotRunning } from '../running/find-running.ts'
import { findPortOwner, isPortTaken } from '../running/port-owner.ts'

/** Which port is taken, by whom where the system tells, and the flag that chooses another. */
export async function findTakenPort(host: string, options: UpOptions): Promise<NotRunning | undefined> {
  if (options.port !== 0 && options.port === options.kafkaPort && options.withKafka === undefined) {
    return {
      problem: `the API and the broker cannot both have port ${options.port}`,
      cure: 'Choose another with --port PORT or --kafka-port PORT.',
    }
  }
  const ports = [
    { port: options.port, flag: '--port', what: 'the API' },
    ...(options.withKafka === undefined ? [{ port: options.kafkaPort, flag: '--kafka-port', what: 'the broker' }] : []),
  ]
  for (const { port, flag, what } of ports) {
    if (!(await isPortTaken(host, port))) continue
    const owner = await findPortOwner(port)
    return {
      problem: `port ${port}, meant for ${what}, is taken${owner ? ` by ${owner}` : ''}`,
      cure: `Choose another with ${flag} PORT, or let one be chosen with ${flag} 0.`,
    }
  }
  return undefined
}
