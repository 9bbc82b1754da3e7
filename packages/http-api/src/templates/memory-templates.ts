import { createTemplateCatalogue, type TemplateName, type TemplateSource } from '@carillon/templates'
import type { StoredTemplate, TemplateAdmin, TemplatePorts } from './template-ports.ts'

interface Row {
  readonly tenantId: string
  readonly code: string
  liveVersion: number | null
  readonly versions: (Omit<StoredTemplate, 'code' | 'liveVersion'> & { note: string | null; createdAt: Date })[]
}

/** The store's twin in memory, for tests of the API. */
export function createMemoryTemplates(now: () => Date): TemplatePorts {
  const rows: Row[] = []
  const find = ({ tenantId, code }: TemplateName) => rows.find((row) => row.tenantId === tenantId && row.code === code)
  const versionOf = (row: Row | undefined, version: number | null) =>
    row?.versions.find((one) => one.version === version)
  const source: TemplateSource = {
    readLiveVersions: async (names) =>
      names.flatMap((name) => {
        const version = find(name)?.liveVersion ?? null
        return version === null ? [] : [{ ...name, version }]
      }),
    readDefinitions: async (names) =>
      names.flatMap((name) => {
        const found = versionOf(find(name), name.version)
        return found ? [{ ...name, definition: found.definition }] : []
      }),
  }
  const catalogue = createTemplateCatalogue(source)
  return { admin: createAdmin(rows, find, versionOf, now), catalogue, freshCatalogue: catalogue, previewers }
}

function createAdmin(
  rows: Row[],
  find: (name: TemplateName) => Row | undefined,
  versionOf: (row: Row | undefined, version: number | null) => Row['versions'][number] | undefined,
  now: () => Date,
): TemplateAdmin {
  return {
    listTemplates: async (tenantId) =>
      rows.flatMap((row) => {
        const live = row.tenantId === tenantId ? versionOf(row, row.liveVersion) : undefined
        if (!live) return []
        const { version, definition, createdAt } = live
        const { description = null, locales } = definition
        return [{ code: row.code, version, description, locales: Object.keys(locales), updatedAt: createdAt }]
      }),
    async findTemplate(name, version) {
      const row = find(name)
      const found = versionOf(row, version ?? row?.liveVersion ?? null)
      return row && found && { code: row.code, liveVersion: row.liveVersion, ...found }
    },
    async listVersions(name) {
      const { versions = [], liveVersion = null } = find(name) ?? {}
      return versions.map(({ version, note, createdAt }) => ({ version, note, createdAt, liveVersion })).reverse()
    },
    async saveTemplate({ tenantId, code, definition, note, isLive }) {
      const row = find({ tenantId, code }) ?? { tenantId, code, liveVersion: null, versions: [] }
      if (!rows.includes(row)) rows.push(row)
      const version = row.versions.length + 1
      row.versions.push({ version, definition, note, createdAt: now() })
      if (isLive) row.liveVersion = version
      return { version, liveVersion: row.liveVersion }
    },
    async publishVersion({ version, ...name }) {
      const row = find(name)
      if (!row || !versionOf(row, version)) return false
      row.liveVersion = version
      return true
    },
    async retireTemplate(name) {
      const row = find(name)
      if (!row || row.liveVersion === null) return false
      row.liveVersion = null
      return true
    },
  }
}

const previewers: TemplatePorts['previewers'] = {
  composeSms: async ({ title, message }, segmentsMax) => {
    const text = [title, message].filter((part) => part !== '').join(': ')
    return {
      text,
      encoding: 'GSM-7',
      units: text.length,
      segments: Math.ceil(text.length / 160),
      isCut: segmentsMax < 1,
    }
  },
  composePush: async ({ title, message }) => ({ title, body: message.slice(0, 150) }),
}
