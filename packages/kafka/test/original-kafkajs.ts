import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const patch = join(import.meta.dirname, '../../../patches/kafkajs@2.2.4.patch')
const installed = realpathSync(dirname(createRequire(import.meta.url).resolve('kafkajs/package.json')))

/** The installed, patched client beside a copy with the patch taken back, so that one can be held against the other. */
export function openTwoVersions() {
  const copy = mkdtempSync(join(tmpdir(), 'carillon-kafkajs-'))
  cpSync(installed, copy, { recursive: true })
  execFileSync('git', ['apply', '--reverse', '--unsafe-paths', `--directory=${copy}`, patch], { cwd: tmpdir() })
  const require = createRequire(import.meta.url)
  return {
    original: (path: string) => require(join(copy, 'src', path)),
    patched: (path: string) => require(join(installed, 'src', path)),
    remove: () => rmSync(copy, { recursive: true, force: true }),
  }
}
