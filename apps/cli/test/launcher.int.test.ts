import { copyFile, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const launcher = join(import.meta.dirname, '../../../carillon')
const tools = ['sh', 'cat', 'cksum', 'date', 'mkdir', 'mv', 'rm', 'dirname', 'readlink']

let scratchDir: string
let root: string
let binDir: string

/** By a process of its own: a child of another test could inherit our open file, and then nobody may run it yet. */
async function writeScript(path: string, text: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
  const writer = Bun.spawn(['sh', '-c', 'printf %s "$2" >"$1" && chmod 755 "$1"', 'sh', path, text])
  expect(await writer.exited).toBe(0)
}

// Says what it was called for; takes the place of Bun, whose `bun scripts/prepare.ts` writes the stamp.
function fakeBun(version: string): string {
  return `#!/bin/sh
[ "$1" = --version ] && { echo ${version}; exit; }
case $1 in
  */prepare.ts) echo "prepare" >>"${root}/calls"; mkdir -p "${root}/node_modules"; echo "$2" >"${root}/node_modules/.carillon" ;;
  *) echo "run ${version}: $*"; exit 7 ;;
esac
`
}

async function launch(args: string[], path = join(root, 'carillon')) {
  const child = Bun.spawn(['sh', path, ...args], { cwd: '/', env: { PATH: binDir }, stdout: 'pipe', stderr: 'pipe' })
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  return { stdout: stdout.trim(), stderr: stderr.trim(), exitCode }
}

async function countPrepared(): Promise<number> {
  const calls = Bun.file(join(root, 'calls'))
  return (await calls.exists()) ? (await calls.text()).split('\n').length - 1 : 0
}

// As npm does: the platform packages' binaries, of which only some run here.
async function putFakeNpm(): Promise<void> {
  await writeFile(join(scratchDir, 'bun-for-here'), fakeBun('1.4.5'))
  await writeScript(
    join(binDir, 'npm'),
    `#!/bin/sh
while [ "$1" != --prefix ]; do shift; done
for build in a-other b-here; do mkdir -p "$2/node_modules/@oven/$build/bin"; done
printf '#!/bin/sh\\nexit 126\\n' >"$2/node_modules/@oven/a-other/bin/bun"
cat "${scratchDir}/bun-for-here" >"$2/node_modules/@oven/b-here/bin/bun"
chmod +x "$2"/node_modules/@oven/*/bin/bun
`,
  )
}

beforeEach(async () => {
  scratchDir = await mkdtemp(join(tmpdir(), 'carillon launcher '))
  root = join(scratchDir, 'the project')
  binDir = join(scratchDir, 'bin')
  await mkdir(join(root, 'packages/one'), { recursive: true })
  await mkdir(binDir)
  await copyFile(launcher, join(root, 'carillon'))
  await writeFile(join(root, 'package.json'), '{\n  "packageManager": "bun@1.4.5"\n}\n')
  await writeFile(join(root, 'packages/one/package.json'), '{}')
  for (const tool of [...tools, 'chmod']) await symlink(Bun.which(tool) ?? '', join(binDir, tool))
})

afterEach(() => rm(scratchDir, { recursive: true, force: true }))

describe('the launcher', () => {
  it('says in one sentence what to install where there is neither Bun nor npm', async () => {
    const { stdout, stderr, exitCode } = await launch(['--help'])
    expect(exitCode).toBe(127)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^carillon: neither Bun 1\.4\.5 nor npm was found: install .*$/)
  })

  it('hands over its arguments and takes on the exit code, through a link and with spaces on the way', async () => {
    await writeScript(join(binDir, 'bun'), fakeBun('1.4.5'))
    await symlink('the project/carillon', join(scratchDir, 'first link'))
    await symlink(join(scratchDir, 'first link'), join(binDir, 'carillon'))
    const { stdout, stderr, exitCode } = await launch(['send', 'two words', '*'], join(binDir, 'carillon'))
    expect(stdout).toBe(`run 1.4.5: ${root}/apps/cli/src/main.ts send two words *`)
    expect(stderr).toBe('')
    expect(exitCode).toBe(7)
  })

  it('prepares once, and again when a package.json or the folders change', async () => {
    await writeScript(join(binDir, 'bun'), fakeBun('1.4.5'))
    await launch([])
    await launch([])
    expect(await countPrepared()).toBe(1)
    await writeFile(join(root, 'packages/one/package.json'), '{ "dependencies": {} }')
    await launch([])
    expect(await countPrepared()).toBe(2)
    await mkdir(join(root, 'packages/two'))
    await writeFile(join(root, 'packages/two/package.json'), '')
    await launch([])
    expect(await countPrepared()).toBe(3)
  })

  it('takes a later Bun of the same major, and no other', async () => {
    for (const [version, isTaken] of Object.entries({
      '1.4.5': true,
      '1.4.10': true,
      '1.5.0': true,
      '1.10.0-canary.3': true,
      '1.4.4': false,
      '1.3.20': false,
      '2.0.0': false,
      'no bun': false,
    })) {
      await writeScript(join(binDir, 'bun'), fakeBun(`'${version}'`))
      expect((await launch([])).exitCode, version).toBe(isTaken ? 7 : 127)
    }
  })

  it('fetches Bun from npm, takes the build that runs here, and does so once', async () => {
    await putFakeNpm()
    const first = await launch(['up'])
    expect(first.stderr).toMatch(/^carillon: fetching Bun 1\.4\.5 from npm \.\.\. \d+ s$/)
    expect(first.stdout).toBe(`run 1.4.5: ${root}/apps/cli/src/main.ts up`)
    const second = await launch(['up'])
    expect(second).toEqual({ ...first, stderr: '' })
  })

  it('may be started several times at once on a first run', async () => {
    await putFakeNpm()
    const runs = await Promise.all([1, 2, 3, 4].map(() => launch(['up'])))
    for (const { stdout, exitCode } of runs)
      expect({ stdout, exitCode }).toEqual({ stdout: runs[0]?.stdout, exitCode: 7 })
    expect(await readdir(join(root, '.cache/bun'))).toEqual(['1.4.5'])
  })

  it('shows what npm said when it cannot fetch, and leaves nothing half-done', async () => {
    await writeScript(join(binDir, 'npm'), '#!/bin/sh\necho "the registry is away" >&2\nexit 1\n')
    const { stderr, exitCode } = await launch(['up'])
    expect(stderr).toContain('the registry is away')
    expect(stderr).toContain('npm could not fetch Bun 1.4.5')
    expect(exitCode).toBe(1)
    expect(await readdir(join(root, '.cache/bun'))).toEqual([])
  })
})
