// Generates the database client into src/generated. Prisma looks for its native schema engine, which it would have to
// download and which generating does not use: any program that exists will do.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const here = import.meta.dirname
const prismaDir = dirname(createRequire(import.meta.url).resolve('prisma/package.json'))

const child = Bun.spawnSync([process.execPath, join(prismaDir, 'build/index.js'), 'generate'], {
  cwd: here,
  // Nothing of the caller's: generating reads the schema and writes files, and needs no more.
  env: {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
  },
  stdout: 'pipe',
  stderr: 'pipe',
})
if (child.exitCode !== 0) {
  process.stderr.write(`${child.stdout}${child.stderr}`)
  process.exit(1)
}
