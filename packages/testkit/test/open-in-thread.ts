import { parentPort } from 'node:worker_threads'
import { openTestDatabase } from '../src/index.ts'

parentPort?.postMessage((await openTestDatabase({ empty: true })).url)
