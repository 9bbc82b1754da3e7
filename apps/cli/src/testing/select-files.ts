import { join, relative, resolve } from 'node:path'
import { Glob } from 'bun'

export const suites = ['unit', 'int', 'e2e'] as const

export type Suite = (typeof suites)[number]

const places = ['{packages,apps}/*/{src,test}/**/*.test.{ts,tsx}', 'e2e/**/*.test.ts', 'scripts/**/*.test.ts']

// A path may be given as seen from where the person stands or as a part of a name.
export function selectFiles(
  files: string[],
  { paths, suite }: { paths: string[]; suite?: readonly Suite[] | undefined },
): string[] {
  return files.filter((file) => {
    const isOfSuite = suite?.some((one) => file.includes(`.${one}.test.`)) ?? true
    return isOfSuite && (paths.length === 0 || paths.some((path) => file.includes(path)))
  })
}

export async function findTestFiles(rootDir: string): Promise<string[]> {
  const found = await Promise.all(places.map((place) => Array.fromAsync(new Glob(place).scan({ cwd: rootDir }))))
  return found.flat().sort()
}

export function pathFromRoot(rootDir: string, path: string): string {
  const inside = relative(rootDir, resolve(path))
  return path.startsWith('.') || path.startsWith('/') ? (inside.startsWith('..') ? path : inside) : path
}

// Unit tests promise to do no I/O, so they are not made to wait for servers.
export function needsInfrastructure(files: string[]): boolean {
  return files.some((file) => !file.includes('.unit.test.'))
}

// The embedded form has no Redis, because the fleet needs none to run.
export function needsRedis(file: string): boolean {
  return file.includes('.redis.')
}

// What only another program can tell: what kcat reads back, or what Apache Kafka does when it asks for a password.
export function needsTools(file: string): boolean {
  return file.includes('.tools.')
}

export function toAbsolute(rootDir: string, files: string[]): string[] {
  return files.map((file) => join(rootDir, file))
}
