// A test process to kill: says in one line where its server lives, and stays.
import { openTestDatabase } from '../src/index.ts'

const { url } = await openTestDatabase({ empty: true })
process.stdout.write(`${new URL(url).searchParams.get('host')}\n`)
setInterval(() => {}, 60_000)
