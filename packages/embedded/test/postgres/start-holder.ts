import { join } from 'node:path'

export interface Holder {
  pid: number
  said: { url?: string; adopted?: boolean; recovered?: boolean; refused?: string }
  kill(): Promise<void>
}

export async function startHolder(dataDir: string, ...flags: string[]): Promise<Holder> {
  const child = Bun.spawn([process.execPath, join(import.meta.dirname, 'holder.ts'), dataDir, ...flags], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  while (!text.includes('\n')) {
    const { value, done } = await reader.read()
    if (done) break
    text += value
  }
  const kill = async () => {
    child.kill('SIGKILL')
    await child.exited
  }
  return { pid: child.pid, said: JSON.parse(text), kill }
}
