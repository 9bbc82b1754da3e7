// Runs a program and looks afterwards for processes that it left behind. Every descendant inherits a mark in its
// environment, also one that has put itself into a session of its own, as a database server does.
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

const markName = 'CARILLON_RUN_MARK'

export type Leftover = { pid: number; command: string }

export type Supervised = { exitCode: number; leftovers: Leftover[] }

function readProcFile(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    // Ended meanwhile, or somebody else's.
    return undefined
  }
}

function findMarked(mark: string): Leftover[] {
  const found: Leftover[] = []
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    if (!readProcFile(pid, 'environ')?.split('\0').includes(mark)) continue
    const command = readProcFile(pid, 'cmdline')?.replaceAll('\0', ' ').trim()
    // A zombie has no command line any more and nothing left to end.
    if (command) found.push({ pid, command: command.slice(0, 160) })
  }
  return found
}

// What had just been told to stop may take a moment: only what stays counts.
async function awaitUnmarked(mark: string, limitMs: number): Promise<Leftover[]> {
  const deadline = performance.now() + limitMs
  let left = findMarked(mark)
  while (left.length > 0 && performance.now() < deadline) {
    await Bun.sleep(50)
    left = findMarked(mark)
  }
  return left
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // Gone already.
  }
}

async function endLeftovers(mark: string): Promise<Leftover[]> {
  if (process.platform !== 'linux') return []
  const leftovers = await awaitUnmarked(mark, 1_000)
  let left = leftovers
  for (const name of ['SIGTERM', 'SIGKILL'] as const) {
    for (const { pid } of left) signal(pid, name)
    if (left.length > 0) left = await awaitUnmarked(mark, 2_000)
  }
  return leftovers
}

type Options = {
  command: string[]
  cwd: string
  environment: Record<string, string | undefined>
  quiet?: boolean
  limitMs?: number
}

export async function runSupervised({ command, cwd, environment, quiet, limitMs }: Options): Promise<Supervised> {
  const mark = `${markName}=${randomUUID()}`
  const plain = process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: undefined }
  const env = { ...environment, ...plain, [markName]: mark.slice(markName.length + 1) }
  // Its stdout is not ours where ours is to be read by a program.
  const child = Bun.spawn(command, {
    cwd,
    env,
    stdin: 'ignore',
    stdout: quiet ? process.stderr.fd : 'inherit',
    stderr: 'inherit',
  })
  // The terminal sends its Ctrl-C to the child too; we outlive it to clean up. A plain kill reaches only us.
  const forward = (name: NodeJS.Signals) => child.kill(name)
  const ignore = () => {}
  process.on('SIGTERM', forward).on('SIGINT', ignore)
  const timer = limitMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), limitMs)
  const exitCode = await child.exited
  clearTimeout(timer)
  process.off('SIGTERM', forward).off('SIGINT', ignore)
  return { exitCode, leftovers: await endLeftovers(mark) }
}
