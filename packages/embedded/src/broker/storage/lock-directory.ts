import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

// The lock must end with its holder, also by kill -9, so a file that merely exists cannot be it. SQLite takes a kernel
// lock that does exactly this, on every system that we run on; nothing is ever stored in the database.
export function lockDirectory(directory: string): () => void {
  mkdirSync(directory, { recursive: true })
  const holderFile = join(directory, 'lock.holder')
  const database = new DatabaseSync(join(directory, 'lock'))
  try {
    database.exec(
      'PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE',
    )
  } catch (cause) {
    database.close()
    throw new Error(`${directory} is in use by ${readHolder(holderFile)}`, { cause })
  }
  nameHolder(holderFile)
  return function unlockDirectory() {
    database.close()
  }
}

// For people; the lock holds without it, also on a disk that is full.
function nameHolder(file: string): void {
  try {
    writeFileSync(file, `process ${process.pid}`)
  } catch {
    rmSync(file, { force: true })
  }
}

function readHolder(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return 'another process'
  }
}
