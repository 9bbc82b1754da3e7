import { existsSync, readFileSync } from 'node:fs'
import { childEnvironment } from '@carillon/testkit'
import { describe, expect, it } from 'vitest'
import { runSupervised } from '../src/supervise.ts'

const environment = childEnvironment()

// Nobody may have collected it yet, but what has ended has no command line any more.
function isAlive(pid: number): boolean {
  const path = `/proc/${pid}/cmdline`
  return existsSync(path) && readFileSync(path, 'utf8') !== ''
}

describe('a supervised run', () => {
  it('answers the exit code and finds nothing where nothing was left', async () => {
    const result = await runSupervised({ command: ['sh', '-c', 'exit 5'], cwd: '/', environment })
    expect(result).toEqual({ exitCode: 5, leftovers: [] })
  })

  it('names and ends a process that was left behind, even in a session of its own', async () => {
    const command = ['sh', '-c', 'setsid sleep 98 >/dev/null 2>&1 & sleep 97 >/dev/null 2>&1 & exit 0']
    const { leftovers } = await runSupervised({ command, cwd: '/', environment })
    expect(leftovers.map(({ command }) => command).sort()).toEqual(['sleep 97', 'sleep 98'])
    expect(leftovers.filter(({ pid }) => isAlive(pid))).toEqual([])
  })

  it('ends a process that does not listen to being asked', async () => {
    const command = ['sh', '-c', `sh -c 'trap "" TERM; while :; do sleep 0.1; done' >/dev/null 2>&1 & exit 0`]
    const { leftovers } = await runSupervised({ command, cwd: '/', environment })
    expect(leftovers.length).toBeGreaterThan(0)
    expect(leftovers.filter(({ pid }) => isAlive(pid))).toEqual([])
  })

  it('stops a program that takes longer than its limit', async () => {
    const { exitCode } = await runSupervised({ command: ['sleep', '96'], cwd: '/', environment, limitMs: 100 })
    expect(exitCode).not.toBe(0)
  })
})
