import { afterEach, describe, expect, it, vi } from 'vitest'
import type { CommandModule, Outcome } from './command.ts'
import { runProgram } from './program.ts'

const config = { rootDir: '/', isCi: false, environment: {} }

function answering(outcome: Outcome): CommandModule {
  return {
    name: 'ring',
    summary: 'ring the bells',
    build: (command, _config, finish) => command.option('--loud').action(() => finish(outcome)),
  }
}

function captureStderr(): string[] {
  const lines: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => lines.push(String(line)) > 0)
  return lines
}

afterEach(() => vi.restoreAllMocks())

describe('the command line program', () => {
  it("answers a command's exit code", async () => {
    expect(await runProgram(['ring'], config, [answering({ exitCode: 3 })])).toBe(3)
  })

  it('prints a problem with its cure', async () => {
    const lines = captureStderr()
    expect(await runProgram(['ring'], config, [answering({ problem: 'no bells', cure: 'Hang some.' })])).toBe(1)
    expect(lines.join('')).toBe('carillon: no bells\nHang some.\n')
  })

  it('calls a wrong word wrong, names the nearest right one and answers 2', async () => {
    const lines = captureStderr()
    expect(await runProgram(['rign'], config, [answering({ exitCode: 0 })])).toBe(2)
    expect(lines.join('')).toContain('Did you mean ring?')
    expect(await runProgram(['ring', '--lod'], config, [answering({ exitCode: 0 })])).toBe(2)
    expect(lines.join('')).toContain('Did you mean --loud?')
  })

  it('lets a crash through with its stack', async () => {
    const crashing: CommandModule = {
      ...answering({ exitCode: 0 }),
      build: (command) => command.action(() => Promise.reject(new Error('cracked'))),
    }
    await expect(runProgram(['ring'], config, [crashing])).rejects.toThrow('cracked')
  })
})
