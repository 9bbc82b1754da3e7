import { closeSync, fsyncSync, openSync } from 'node:fs'

// Creating or renaming a file is durable only when the directory that lists it is.
export function syncDirectory(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
