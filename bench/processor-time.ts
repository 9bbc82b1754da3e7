import { readFile } from 'node:fs/promises'

// sysconf(_SC_CLK_TCK), which is 100 on every Linux that Bun runs on.
const TICK_MS = 10

/** What a process has used of all cores since it began, in milliseconds. */
export async function readProcessorMs(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name stands in brackets and may hold anything; user and system time are the 12th and 13th behind it.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}
