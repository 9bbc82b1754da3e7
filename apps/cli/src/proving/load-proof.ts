import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Proof } from '../../../../proofs/proof.ts'

export async function listProofNames(rootDir: string): Promise<string[]> {
  const entries = await readdir(join(rootDir, 'proofs')).catch(() => [])
  return entries
    .filter(
      (entry) => entry.endsWith('.ts') && !entry.startsWith('.') && !entry.endsWith('.test.ts') && entry !== 'proof.ts',
    )
    .map((entry) => entry.slice(0, -'.ts'.length))
    .sort()
}

function isProof(value: unknown): value is Proof {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'summary' in value &&
    'run' in value &&
    typeof value.run === 'function'
  )
}

export async function loadProof(rootDir: string, name: string): Promise<Proof> {
  const module: { proof?: unknown } = await import(join(rootDir, 'proofs', `${name}.ts`))
  if (!isProof(module.proof)) throw new Error(`proofs/${name}.ts exports no proof: { name, summary, run }`)
  return module.proof
}
