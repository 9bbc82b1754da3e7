import { isAbsolute, join, resolve } from 'node:path'

/** Where one machine's Carillon keeps everything; short names, because a path may be long already. */
export interface DataDir {
  readonly path: string
  /** What `--data` must say in another command to mean the same; nothing for the default. */
  readonly flag: string
  readonly postgres: string
  readonly broker: string
  readonly secret: string
  readonly apiKey: string
  readonly outbox: string
  readonly log: string
  readonly olderLog: string
  /** Written when `up` is ready, gone when it has stopped: how other commands find it. */
  readonly running: string
}

export const dataDirDefault = '.carillon'

export function nameDataDir(rootDir: string, given: string): DataDir {
  const path = isAbsolute(given) ? given : given === dataDirDefault ? join(rootDir, given) : resolve(given)
  return {
    path,
    flag: given === dataDirDefault ? '' : ` --data ${quote(given)}`,
    postgres: join(path, 'postgres'),
    broker: join(path, 'broker'),
    secret: join(path, 'secret'),
    apiKey: join(path, 'api-key'),
    outbox: join(path, 'outbox.jsonl'),
    log: join(path, 'carillon.log'),
    olderLog: join(path, 'carillon.1.log'),
    running: join(path, 'running.json'),
  }
}

function quote(text: string): string {
  return /^[\w./@:+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
