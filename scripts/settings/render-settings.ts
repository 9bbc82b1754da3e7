import type { Setting, Settings } from '../../packages/process/src/parse-config.ts'

/** A process and what its `config.ts` reads. */
export interface SettingsOfApp {
  readonly app: string
  readonly settings: Settings
}

interface Row {
  readonly name: string
  readonly setting: Setting
  readonly apps: readonly string[]
}

/** Everything that any process reads, in the order of its first reader. */
function listRows(tables: readonly SettingsOfApp[]): Row[] {
  const rows = new Map<string, Row>()
  for (const { app, settings } of tables) {
    for (const [name, setting] of Object.entries(settings)) {
      const known = rows.get(name)
      rows.set(name, { name, setting: known?.setting ?? setting, apps: [...(known?.apps ?? []), app] })
    }
  }
  return [...rows.values()]
}

export function renderSettingsPage(tables: readonly SettingsOfApp[]): string {
  const lines = listRows(tables).map(({ name, setting, apps }) => {
    const older = setting.olderNames?.length ? ` (also \`${setting.olderNames.join('`, `')}\`)` : ''
    const readers = apps.length === tables.length ? 'all' : apps.join(', ')
    return `| \`${name}\`${older} | ${setting.description} | ${describeDefault(setting)} | ${readers} |`
  })
  return [
    '# Settings',
    '',
    'Everything that a process reads from its environment. Generated from the code that reads it by',
    '`bun scripts/settings.ts`; a process whose settings are not complete says all that is missing at once.',
    '',
    '| variable | what it is | default | read by |',
    '| --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n')
}

export function renderEnvExample(tables: readonly SettingsOfApp[]): string {
  const lines = listRows(tables).flatMap(({ name, setting }) => {
    const value = setting.example ?? defaultOf(setting)
    const isNeeded = !setting.schema.safeParse(undefined).success
    const comment = `# ${setting.description}`
    return [comment, isNeeded ? `${name}=${value ?? ''}` : `# ${name}=${value ?? ''}`, '']
  })
  return [
    '# Copy to .env and fill in. Lines that are commented out show the default, or an example.',
    '',
    ...lines,
  ].join('\n')
}

function describeDefault(setting: Setting): string {
  const value = defaultOf(setting)
  if (value !== undefined) return value === '' ? 'none' : `\`${value}\``
  return setting.schema.safeParse(undefined).success ? 'none' : '**needed**'
}

function defaultOf({ schema }: Setting): string | undefined {
  // As one would write it, where it is read like any other value.
  if (schema.def.type === 'prefault' && 'defaultValue' in schema.def) return String(schema.def.defaultValue)
  const parsed = schema.safeParse(undefined)
  if (!parsed.success || parsed.data === undefined) return undefined
  if (Array.isArray(parsed.data)) return parsed.data.join(',')
  return typeof parsed.data === 'object' ? JSON.stringify(parsed.data) : String(parsed.data)
}
