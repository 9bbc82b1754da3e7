import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncDirectory } from './sync-directory.ts'

// Whoever reads the file, also after a power cut, finds either all of the old content or all of the new.
export function replaceFile(path: string, content: string | Buffer): void {
  const draft = `${path}.draft`
  try {
    const fd = openSync(draft, 'w')
    try {
      writeFileSync(fd, content)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(draft, path)
    syncDirectory(dirname(path))
  } catch (cause) {
    rmSync(draft, { force: true })
    throw new Error(`replace ${path}`, { cause })
  }
}
