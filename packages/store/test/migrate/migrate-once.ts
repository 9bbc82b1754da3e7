// One of several processes that migrate at the same time: prints what it applied.
import { migrate } from '../../src/index.ts'

const [connectionString = '', dir = ''] = process.argv.slice(2)
process.stdout.write(JSON.stringify((await migrate({ connectionString, dir })).applied))
