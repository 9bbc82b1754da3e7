import type { TemplateDefinition } from '@carillon/contracts'
import { type PreparedTemplate, prepareTemplate } from './prepare-template.ts'
import { SHIPPED_TEMPLATES } from './shipped/index.ts'

export interface TemplateName {
  readonly tenantId: string
  readonly code: string
}

export interface TemplateVersionName extends TemplateName {
  readonly version: number
}

/** Where tenants' own templates rest. */
export interface TemplateSource {
  /** The live version of each that has one. */
  readLiveVersions(names: readonly TemplateName[]): Promise<readonly TemplateVersionName[]>
  readDefinitions(
    versions: readonly TemplateVersionName[],
  ): Promise<readonly (TemplateVersionName & { readonly definition: TemplateDefinition })[]>
}

export interface TemplateCatalogue {
  /** By `templateKey`: the tenant's own, else the shipped one; what neither has is absent. */
  findTemplates(names: readonly TemplateName[]): Promise<ReadonlyMap<string, PreparedTemplate>>
}

export interface CatalogueOptions {
  /** Of sources, over all templates that are kept; the least recently used go first. */
  readonly charactersMax?: number
  /** How long a version is taken to be the live one without asking again; 0 asks each time. */
  readonly freshMs?: number
  readonly nowMs?: () => number
}

const CHARACTERS_MAX = 32_000_000
/** More names than a busy second has; they are dropped together. */
const FRESH_NAMES_MAX = 10_000

export function templateKey({ tenantId, code }: TemplateName): string {
  return JSON.stringify([tenantId, code])
}

/**
 * Which version is live is asked for every batch, because it may change at any moment; the version itself never changes,
 * so it is loaded and compiled once.
 */
export function createTemplateCatalogue(source: TemplateSource, options: CatalogueOptions = {}): TemplateCatalogue {
  const { freshMs = 0, nowMs = () => performance.now() } = options
  const cache = createCache(options.charactersMax ?? CHARACTERS_MAX)
  const live = new Map<string, { readonly version: number; readonly untilMs: number }>()

  async function readVersions(names: readonly TemplateName[]): Promise<Map<string, TemplateVersionName>> {
    const known = new Map<string, TemplateVersionName>()
    const asked: TemplateName[] = []
    for (const name of names) {
      const seen = live.get(templateKey(name))
      if (seen && seen.untilMs > nowMs()) known.set(templateKey(name), { ...name, version: seen.version })
      else asked.push(name)
    }
    if (asked.length === 0) return known
    if (live.size > FRESH_NAMES_MAX) live.clear()
    for (const found of await source.readLiveVersions(asked)) {
      known.set(templateKey(found), found)
      if (freshMs > 0) live.set(templateKey(found), { version: found.version, untilMs: nowMs() + freshMs })
    }
    return known
  }

  return {
    async findTemplates(names) {
      if (names.length === 0) return new Map()
      const unique = [...new Map(names.map((name) => [templateKey(name), name])).values()]
      const versions = await readVersions(unique)
      // Held here, because the cache may let go of what this very batch still needs.
      const held = new Map<string, PreparedTemplate>()
      const missing: TemplateVersionName[] = []
      for (const [key, version] of versions) {
        const cached = cache.read(version)
        if (cached) held.set(key, cached)
        else missing.push(version)
      }
      const loaded = missing.length > 0 ? await source.readDefinitions(missing) : []
      for (const { definition, ...name } of loaded) held.set(templateKey(name), cache.keep(name, definition))
      for (const name of unique) {
        const shipped = versions.has(templateKey(name)) ? undefined : findShipped(name.code)
        if (shipped) held.set(templateKey(name), shipped)
      }
      return held
    },
  }
}

/** For what runs without a database: shipped templates alone. */
export const shippedCatalogue: TemplateCatalogue = {
  findTemplates: async (names) =>
    new Map(
      names.flatMap((name): [string, PreparedTemplate][] => {
        const shipped = findShipped(name.code)
        return shipped ? [[templateKey(name), shipped]] : []
      }),
    ),
}

const preparedShipped = new Map<string, PreparedTemplate>()

/** Version 0, as this release ships it. */
export function findShipped(code: string): PreparedTemplate | undefined {
  const definition = Object.hasOwn(SHIPPED_TEMPLATES, code) ? SHIPPED_TEMPLATES[code] : undefined
  if (!definition) return undefined
  const prepared = preparedShipped.get(code) ?? prepareTemplate(code, 0, definition)
  preparedShipped.set(code, prepared)
  return prepared
}

function createCache(charactersMax: number) {
  const entries = new Map<string, { readonly template: PreparedTemplate; readonly characters: number }>()
  let characters = 0
  const keyOf = ({ tenantId, code, version }: TemplateVersionName) => JSON.stringify([tenantId, code, version])

  function drop(key: string): void {
    characters -= entries.get(key)?.characters ?? 0
    entries.delete(key)
  }

  return {
    read(name: TemplateVersionName): PreparedTemplate | undefined {
      const key = keyOf(name)
      const entry = entries.get(key)
      if (!entry) return undefined
      // Last in the order of insertion is last to go.
      entries.delete(key)
      entries.set(key, entry)
      return entry.template
    },
    keep(name: TemplateVersionName, definition: TemplateDefinition): PreparedTemplate {
      const key = keyOf(name)
      drop(key)
      const template = prepareTemplate(name.code, name.version, definition)
      const size = JSON.stringify(definition).length
      entries.set(key, { template, characters: size })
      characters += size
      for (const oldest of entries.keys()) {
        if (characters <= charactersMax || entries.size === 1) break
        drop(oldest)
      }
      return template
    },
  }
}
