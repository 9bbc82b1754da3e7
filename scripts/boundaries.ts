// Prints every import and every read of the environment that the table of boundaries forbids; exit code 1 if there are any.
import { join } from 'node:path'
import { checkManifest, checkSource, type Manifest, type Violation } from './boundaries/find-violations.ts'
import type { SourceFile } from './boundaries/read-sources.ts'

const root = join(import.meta.dirname, '..')

async function readAll(pattern: string): Promise<SourceFile[]> {
  const found = await Array.fromAsync(new Bun.Glob(pattern).scan({ cwd: root }))
  const paths = found.filter((path) => !/(?:^|\/)(?:node_modules|generated|dist)\//.test(path))
  return Promise.all(paths.sort().map(async (path) => ({ path, text: await Bun.file(join(root, path)).text() })))
}

const sources = await readAll('{packages,apps}/*/*.{ts,tsx}')
sources.push(...(await readAll('{packages,apps}/*/{src,test}/**/*.{ts,tsx}')))
sources.push(...(await readAll('{scripts,proofs,bench,e2e}/**/*.ts')))
const manifests = await readAll('{packages,apps}/*/package.json')

const violations: Violation[] = [
  ...manifests.flatMap((file) => checkManifest(file, JSON.parse(file.text) as Manifest)),
  ...sources.flatMap(checkSource),
]
for (const { path, line, rule } of violations) console.log(`${path}:${line} ${rule}`)
console.log(`${sources.length} files, ${manifests.length} manifests, ${violations.length} forbidden`)
process.exitCode = violations.length === 0 ? 0 : 1
