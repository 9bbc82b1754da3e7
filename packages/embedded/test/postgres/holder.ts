// A process to kill: opens the directory that it is given, says so in one line, and stays.
import { openEmbeddedPostgres } from '../../src/postgres/index.ts'

const [dataDir = '', leave] = process.argv.slice(2)
const postgres = await openEmbeddedPostgres({ dataDir }).catch((error: Error) => ({ refused: error.message }))
process.stdout.write(`${JSON.stringify(postgres)}\n`)
if ('refused' in postgres) process.exit(1)
if (leave === 'leave') await postgres.close()
