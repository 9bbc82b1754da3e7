import { fileURLToPath } from 'node:url'
import { expect } from './expect.ts'

const toolScript = fileURLToPath(new URL('../../infra/kafka-local/tool.sh', import.meta.url))
const toolLimitMs = 90_000

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  readonly stdin?: string
  readonly limitMs?: number
}

export async function run(command: string[], { stdin, limitMs = toolLimitMs }: RunOptions = {}): Promise<Ended> {
  const child = Bun.spawn(command, { stdin: Buffer.from(stdin ?? ''), stdout: 'pipe', stderr: 'pipe' })
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  const [out, err, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  clearTimeout(timer)
  return { code, out, err }
}

async function runWell(command: string[], options?: RunOptions): Promise<string> {
  const { code, out, err } = await run(command, options)
  expect(code === 0, `${command.slice(0, 8).join(' ')} ended with ${code}: ${(err || out).trim().slice(-300)}`)
  return out
}

export function kcat(address: string, args: string[], options?: RunOptions): Promise<string> {
  return runWell(['kcat', '-b', address, ...args], { limitMs: 20_000, ...options })
}

// One of Kafka's own command-line tools.
export function tool(name: string, address: string, args: string[], options?: RunOptions): Promise<string> {
  return runWell([toolScript, name, '--bootstrap-server', address, ...args], options)
}

// A kcat that goes on until it is stopped; `lines` grows.
export interface Follower {
  readonly lines: string[]
  stop(): Promise<void>
}

export function followKcat(address: string, args: string[]): Follower {
  const child = Bun.spawn(['kcat', '-b', address, ...args], { stdin: 'ignore', stdout: 'pipe', stderr: 'ignore' })
  const lines: string[] = []
  const reading = collectLines(child.stdout, lines)
  return {
    lines,
    async stop() {
      child.kill('SIGTERM')
      const hard = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await child.exited
      clearTimeout(hard)
      await reading
    },
  }
}

async function collectLines(stream: ReadableStream<Uint8Array>, lines: string[]): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop() ?? ''
    lines.push(...parts)
  }
}
