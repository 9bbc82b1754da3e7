// Called by ./carillon when package.json files, the lock file or the database schema have changed:
//   bun scripts/prepare.ts STAMP
// Runs before anything is installed, so it may import nothing but Bun and its own folder.
import { Database } from 'bun:sqlite'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const stampPath = join(root, 'node_modules/.carillon')
const generator = 'packages/store/generate.ts'

// A lock of SQLite's is the kernel's: it dies with its process, so a killed first run blocks nobody.
function openInstallLock(waitMs: number): Database {
  mkdirSync(join(root, '.cache'), { recursive: true })
  const lock = new Database(join(root, '.cache/install.lock'))
  lock.run(`PRAGMA busy_timeout = ${waitMs}`)
  lock.run('BEGIN EXCLUSIVE')
  return lock
}

function isPrepared(stamp: string): boolean {
  return existsSync(stampPath) && readFileSync(stampPath, 'utf8').trim() === stamp
}

function runStep(label: string, command: string[]): void {
  const startedMs = performance.now()
  process.stderr.write(`carillon: ${label} ... `)
  const child = Bun.spawnSync([process.execPath, ...command], {
    cwd: root,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  if (child.exitCode !== 0) {
    process.stderr.write(`failed\n${child.stdout.toString()}${child.stderr.toString()}`)
    process.exit(1)
  }
  process.stderr.write(`${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`)
}

const stamp = process.argv[2]
if (!stamp) throw new Error('prepare needs the stamp to write')
using _lock = openInstallLock(10 * 60_000)
if (!isPrepared(stamp)) {
  runStep('installing dependencies', ['install', '--frozen-lockfile'])
  if (existsSync(join(root, generator))) runStep('generating the database client', [generator])
  writeFileSync(stampPath, `${stamp}\n`)
}
