/** A JSON Schema in a few words, for a table. */
export interface ShownSchema {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly format?: string
  readonly maxLength?: number
  readonly minimum?: number
  readonly maximum?: number
  readonly maxItems?: number
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, ShownSchema>>
  readonly required?: readonly string[]
  readonly items?: ShownSchema
  readonly anyOf?: readonly ShownSchema[]
  readonly oneOf?: readonly ShownSchema[]
}

export interface ShownField {
  readonly name: string
  readonly isRequired: boolean
  readonly kind: string
}

const LEVELS_MAX = 3

/** Fields inside fields are written with dots, and those of a list with []. */
export function listShownFields(schema: ShownSchema, prefix = '', level = 0): ShownField[] {
  if (level > LEVELS_MAX) return []
  const inside = schema.properties ? schema : (schema.anyOf ?? schema.oneOf)?.find(({ properties }) => properties)
  return Object.entries(inside?.properties ?? {}).flatMap(([key, field]) => {
    const name = `${prefix}${key}`
    const shown = { name, isRequired: inside?.required?.includes(key) ?? false, kind: describeKind(field) }
    const more = field.items
      ? listShownFields(field.items, `${name}[].`, level + 1)
      : listShownFields(field, `${name}.`, level + 1)
    return [shown, ...more]
  })
}

export function describeKind(schema: ShownSchema): string {
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return [...new Set(choices.map(describeKind))].join(' or ')
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map(String).join(', ')
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['anything'])
  const named = types.map((type) => (type === 'array' ? `list of ${describeKind(schema.items ?? {})}` : type))
  return [named.join(' or '), ...describeBounds(schema)].join(', ')
}

function describeBounds({ format, maxLength, minimum, maximum, maxItems, default: usual }: ShownSchema): string[] {
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER
  return [
    ...(format ? [format] : []),
    ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
    ...(isBounded ? [`${minimum ?? ''} to ${maximum}`] : []),
    ...(maxItems === undefined ? [] : [`at most ${maxItems}`]),
    ...(usual === undefined ? [] : [`else ${JSON.stringify(usual)}`]),
  ]
}
