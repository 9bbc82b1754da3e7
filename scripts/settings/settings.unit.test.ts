import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { renderEnvExample, renderSettingsPage } from './render-settings.ts'
import { settingsOfApps } from './tables.ts'

const root = join(import.meta.dirname, '..', '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

it('says on the page of settings what the code reads (bun scripts/settings.ts writes it)', () => {
  expect(read('docs/configuration.md')).toBe(renderSettingsPage(settingsOfApps))
})

it('shows every setting in .env.example', () => {
  expect(read('.env.example')).toBe(renderEnvExample(settingsOfApps))
})

it('leaves no process out', () => {
  const apps = readdirSync(join(root, 'apps')).filter((app) => app !== 'cli')
  expect(settingsOfApps.map(({ app }) => app).toSorted()).toEqual(apps.toSorted())
})
