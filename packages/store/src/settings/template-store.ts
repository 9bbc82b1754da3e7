import type { StoredTemplate, TemplateAdmin, TemplateVersionRow } from '@carillon/http-api'
import type { TemplateName, TemplateSource } from '@carillon/templates'
import type { Pool } from 'pg'
import { runStatement, toColumns } from '../run-statement.ts'
import {
  FIND_TEMPLATE,
  LIST_TEMPLATE_VERSIONS,
  LIST_TEMPLATES,
  PUBLISH_TEMPLATE,
  READ_LIVE_VERSIONS,
  READ_TEMPLATE_DEFINITIONS,
  RETIRE_TEMPLATE,
  SAVE_TEMPLATE,
} from '../sql/templates.ts'
import { repeatConflicts } from '../transaction.ts'

export type TemplateStore = TemplateAdmin & TemplateSource

const TEMPLATES_MAX = 1_000
const VERSIONS_MAX = 200

export function createTemplateStore({ pool }: { readonly pool: Pool }): TemplateStore {
  return {
    listTemplates: (tenantId) =>
      repeatConflicts('list templates', () => runStatement(pool, LIST_TEMPLATES, [tenantId, TEMPLATES_MAX])),
    async findTemplate({ tenantId, code }, version) {
      const [found] = await repeatConflicts('find a template', () =>
        runStatement<StoredTemplate>(pool, FIND_TEMPLATE, [tenantId, code, version ?? null]),
      )
      return found
    },
    listVersions: ({ tenantId, code }) =>
      repeatConflicts('list versions of a template', () =>
        runStatement<TemplateVersionRow>(pool, LIST_TEMPLATE_VERSIONS, [tenantId, code, VERSIONS_MAX]),
      ),
    async saveTemplate({ tenantId, code, definition, note, isLive }) {
      const values = [tenantId, code, JSON.stringify(definition), note, isLive, TEMPLATES_MAX]
      const [saved] = await repeatConflicts('save a template', () =>
        runStatement<{ version: number; liveVersion: number | null }>(pool, SAVE_TEMPLATE, values),
      )
      return saved
    },
    async publishVersion({ tenantId, code, version }) {
      const values = [tenantId, code, version]
      return (
        (await repeatConflicts('publish a template', () => runStatement(pool, PUBLISH_TEMPLATE, values))).length > 0
      )
    },
    async retireTemplate({ tenantId, code }) {
      const values = [tenantId, code]
      return (await repeatConflicts('retire a template', () => runStatement(pool, RETIRE_TEMPLATE, values))).length > 0
    },
    readLiveVersions: (names) =>
      repeatConflicts('read live versions', () => runStatement(pool, READ_LIVE_VERSIONS, nameColumns(names))),
    readDefinitions: (versions) =>
      repeatConflicts('read template definitions', () =>
        runStatement(pool, READ_TEMPLATE_DEFINITIONS, [
          ...nameColumns(versions),
          versions.map(({ version }) => version),
        ]),
      ),
  }
}

function nameColumns(names: readonly TemplateName[]): unknown[][] {
  return toColumns(names, [(name) => name.tenantId, (name) => name.code])
}
