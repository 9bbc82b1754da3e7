// The settings a topic understands. Those with one allowed value exist because Kafka's tools send or expect them; any
// other value would promise something that this broker does not do, so it is refused.

interface Definition {
  readonly fallback: string
  readonly isValid: (value: string) => boolean
  readonly wants: string
}

const definitions: ReadonlyMap<string, Definition> = new Map([
  ['cleanup.policy', oneOf('delete')],
  ['compression.type', oneOf('producer')],
  ['max.message.bytes', wholeNumber(1_048_588, 0)],
  ['message.timestamp.type', oneOf('CreateTime')],
  ['min.insync.replicas', oneOf('1')],
  ['retention.bytes', wholeNumber(-1, -1)],
  ['retention.ms', wholeNumber(604_800_000, -1)],
  ['segment.bytes', wholeNumber(64 * 1024 * 1024, 1024)],
])

export interface TopicSettings {
  readonly messageBytesMax: number
  readonly retentionBytes: number
  readonly retentionMs: number
  readonly segmentBytes: number
}

export type Overrides = Readonly<Record<string, string>>

export function settingNames(): string[] {
  return [...definitions.keys()]
}

export function defaultSetting(name: string): string {
  return definitions.get(name)?.fallback ?? ''
}

// Answers what is wrong, in a sentence for the person at the tool.
export function findSettingProblem(overrides: Overrides): string | undefined {
  for (const [name, value] of Object.entries(overrides)) {
    const definition = definitions.get(name)
    if (!definition) return `Unknown topic config name: ${name}. Known: ${settingNames().join(', ')}`
    if (!definition.isValid(value)) return `Invalid value ${value} for configuration ${name}: ${definition.wants}`
  }
  return undefined
}

export function resolveSettings(overrides: Overrides): TopicSettings {
  const numberOf = (name: string) => Number(overrides[name] ?? defaultSetting(name))
  return {
    messageBytesMax: numberOf('max.message.bytes'),
    retentionBytes: numberOf('retention.bytes'),
    retentionMs: numberOf('retention.ms'),
    segmentBytes: numberOf('segment.bytes'),
  }
}

function oneOf(only: string): Definition {
  return { fallback: only, isValid: (value) => value === only, wants: `the embedded broker supports ${only} only` }
}

function wholeNumber(fallback: number, min: number): Definition {
  return {
    fallback: String(fallback),
    isValid: (value) => /^-?\d{1,18}$/.test(value) && Number(value) >= min,
    wants: `a whole number of at least ${min}`,
  }
}
