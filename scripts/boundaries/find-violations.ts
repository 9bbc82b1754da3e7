import { dirname, join } from 'node:path/posix'
import { blankComments, findImports, lineOf, type SourceFile } from './read-sources.ts'
import {
  allowedImports,
  allowedTypeImports,
  apps,
  appThatStartsApps,
  environmentReaders,
  mainLinesMax,
  owners,
  testPackage,
} from './table.ts'

export type Violation = { path: string; line: number; rule: string }

type Home = { kind: 'packages' | 'apps'; name: string }

const scope = '@carillon/'

function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path) || /^(?:packages|apps)\/[^/]+\/test\//.test(path) || path.startsWith('e2e/')
}

function findHome(path: string): Home | undefined {
  const match = /^(packages|apps)\/([^/]+)\//.exec(path)
  const [, kind, name] = match ?? []
  return name !== undefined && (kind === 'packages' || kind === 'apps') ? { kind, name } : undefined
}

// What the table says of one import of ours, or nothing when it is allowed.
function forbidImport(home: Home, target: string, isTypeOnly = false): string | undefined {
  if (target === home.name) return undefined
  const isAppAlone = apps.includes(target) && !(target in allowedImports)
  if (home.kind === 'apps') {
    if (isAppAlone && home.name !== appThatStartsApps) return `an app imports no other app (${target})`
    return target === testPackage ? `${testPackage} is for tests` : undefined
  }
  if (isAppAlone) return `nothing imports an app (${target})`
  if (home.name === testPackage) return undefined
  if (target === testPackage) return `${testPackage} is for tests`
  const allowed = allowedImports[home.name] ?? []
  if (allowed.includes(target)) return undefined
  if (allowedTypeImports[home.name]?.includes(target)) {
    return isTypeOnly ? undefined : `${home.name} may import types alone of ${target}: import type { … }`
  }
  return `${home.name} may not import ${target}; it may import ${allowed.join(', ') || 'nothing of ours'}`
}

function forbidOwned(path: string, specifier: string): string | undefined {
  for (const [name, places] of Object.entries(owners)) {
    const isIt = name.endsWith('/')
      ? specifier.startsWith(name)
      : specifier === name || specifier.startsWith(`${name}/`)
    if (isIt && !places.some((place) => path.startsWith(place))) {
      return `${specifier} is imported only in ${places.join(', ')}`
    }
  }
  return undefined
}

function forbidRelative(path: string, specifier: string, home: Home): string | undefined {
  const target = join(dirname(path), specifier)
  const isInside = target.startsWith(`${home.kind}/${home.name}/`)
  const targetHome = findHome(target)
  if (isInside || (targetHome === undefined && home.name === appThatStartsApps)) return undefined
  return `a relative import leaves its folder (${specifier}); import ${scope}${targetHome?.name ?? 'a package'} by name`
}

function checkImports(file: SourceFile, code: string): Violation[] {
  const home = findHome(file.path)
  return findImports(code).flatMap(({ line, specifier, isTypeOnly }) => {
    const rules: (string | undefined)[] = []
    if (home && specifier.startsWith('.')) rules.push(forbidRelative(file.path, specifier, home))
    if (home && specifier.startsWith(scope) && !isTest(file.path)) {
      rules.push(forbidImport(home, specifier.slice(scope.length).split('/')[0] ?? '', isTypeOnly))
    }
    if (!isTest(file.path)) rules.push(forbidOwned(file.path, specifier))
    return rules.flatMap((rule) => (rule === undefined ? [] : [{ path: file.path, line, rule }]))
  })
}

const environmentRead =
  /\b(?:process|Bun|import\.meta)\??\.env\b|\{[^{}]*\benv\b[^{}]*\}\s*(?:=\s*(?:process|Bun)\b|from\s*['"](?:node:process|process|bun)['"])/g

function checkEnvironment(file: SourceFile, code: string): Violation[] {
  const mayRead =
    /(?:^|\/|\.)config\.ts$/.test(file.path) || environmentReaders.some((place) => file.path.startsWith(place))
  if (mayRead) return []
  return [...code.matchAll(environmentRead)].map((match) => ({
    path: file.path,
    line: lineOf(code, match.index),
    rule: 'the environment is read in config.ts only',
  }))
}

function checkMain(file: SourceFile): Violation[] {
  const lines = file.text.trimEnd().split('\n').length
  if (!/^apps\/[^/]+\/src\/main\.ts$/.test(file.path) || lines <= mainLinesMax) return []
  return [
    {
      path: file.path,
      line: mainLinesMax + 1,
      rule: `main.ts wires and stays within ${mainLinesMax} lines (${lines})`,
    },
  ]
}

export function checkSource(file: SourceFile): Violation[] {
  const code = blankComments(file.text)
  return [...checkImports(file, code), ...checkEnvironment(file, code), ...checkMain(file)]
}

export type Manifest = {
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

// devDependencies serve tests, and tests may use every package; what sources import is looked at by itself.
export function checkManifest(file: SourceFile, manifest: Manifest): Violation[] {
  const home = findHome(file.path)
  if (!home) return []
  const at = (name: string, rule: string): Violation => {
    const index = file.text.indexOf(`"${scope}${name}"`)
    return { path: file.path, line: index < 0 ? 1 : lineOf(file.text, index), rule }
  }
  const isKnown =
    home.kind === 'apps' ? apps.includes(home.name) : home.name in allowedImports || home.name === testPackage
  if (!isKnown) return [at('', `the table of boundaries names no ${home.kind}/${home.name}: add it there`)]
  const needed = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies }
  return Object.keys(needed)
    .filter((name) => name.startsWith(scope))
    .map((name) => name.slice(scope.length))
    .flatMap((name) => {
      const rule = forbidImport(home, name)
      return rule === undefined ? [] : [at(name, rule)]
    })
}
