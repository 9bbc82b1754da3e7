import { z } from 'zod'

/**
 * The environment of a process, as a table: each variable with its zod schema, its description, and the older names that
 * are taken too. The page of settings and `.env.example` are generated from these tables.
 */
export interface Setting<Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema
  readonly description: string
  readonly olderNames?: readonly string[]
  readonly example?: string
}

export type Settings = Readonly<Record<string, Setting>>
export type Configured<Table extends Settings> = { readonly [Name in keyof Table]: z.output<Table[Name]['schema']> }

export function setting<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  more: Pick<Setting, 'olderNames' | 'example'> = {},
): Setting<Schema> {
  return { schema, description, ...more }
}

/** Not a fault of ours: the operator reads it, mends the environment, and starts again. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Reads every setting and reports every problem at once, each with the variable's name and what it is for. */
export function parseConfig<Table extends Settings>(
  table: Table,
  env: Readonly<Record<string, string | undefined>>,
): Configured<Table> {
  const values: Record<string, unknown> = {}
  const problems: string[] = []
  for (const [name, { schema, description, olderNames = [] }] of Object.entries(table)) {
    const given = [name, ...olderNames].map((one) => env[one]).find((value) => value !== undefined && value !== '')
    const parsed = schema.safeParse(given)
    if (parsed.success) values[name] = parsed.data
    else problems.push(`  ${name}: ${describe(parsed.error, given)} (${description})`)
  }
  if (problems.length > 0) throw new ConfigError(`The environment is not complete:\n${problems.join('\n')}`)
  return values as Configured<Table>
}

function describe(error: z.ZodError, given: string | undefined): string {
  const message = error.issues.map((issue) => issue.message).join(', ')
  return given === undefined ? 'is missing' : message
}

export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^-?\d+$/, 'is no whole number')
    .transform(Number)
    .pipe(z.number().int().min(min).max(max))

export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
)

/** As `3/600,10/86400`: at most so many in any so many seconds. */
export const rates = list.transform((items, context) =>
  items.flatMap((item) => {
    const [, count, seconds] = /^([1-9]\d{0,6})\/([1-9]\d{0,6})$/.exec(item) ?? []
    if (count !== undefined && seconds !== undefined) {
      return [{ count: Number(count), windowMs: 1_000 * Number(seconds) }]
    }
    context.addIssue({ code: 'custom', message: `"${item}" is no rate such as 3/600` })
    return []
  }),
)

export const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1')
