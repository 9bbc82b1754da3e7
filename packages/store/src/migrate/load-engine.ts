import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'

let loaded: Promise<typeof bindings.SchemaEngine> | undefined

/** Prisma's schema engine as WebAssembly: the native one would have to be downloaded. Five megabytes, once a process. */
export function loadEngine(): Promise<typeof bindings.SchemaEngine> {
  loaded ??= instantiate()
  return loaded
}

const timerNames = Object.keys(bindings).filter((name) => name.startsWith('__wbg_setTimeout'))

// The engine never clears the limit of ten seconds on its lock, which would hold every process that long.
function startUnheldTimer(callback: () => void, delayMs: number): NodeJS.Timeout {
  return setTimeout(callback, delayMs >>> 0).unref()
}

async function instantiate(): Promise<typeof bindings.SchemaEngine> {
  const folder = dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg'))
  const bytes = await readFile(join(folder, 'schema_engine_bg.wasm'))
  const imports = { ...bindings, ...Object.fromEntries(timerNames.map((name) => [name, startUnheldTimer])) }
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': imports })
  const { __wbindgen_start: start } = instance.exports
  bindings.__wbg_set_wasm(instance.exports)
  if (typeof start !== 'function') throw new Error('the schema engine has no start function')
  start()
  return bindings.SchemaEngine
}
