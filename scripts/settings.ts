// Writes the page of settings and .env.example from the tables that the processes read their environment by.
import { join } from 'node:path'
import { renderEnvExample, renderSettingsPage } from './settings/render-settings.ts'
import { settingsOfApps } from './settings/tables.ts'

const root = join(import.meta.dirname, '..')
await Bun.write(join(root, 'docs', 'configuration.md'), renderSettingsPage(settingsOfApps))
await Bun.write(join(root, '.env.example'), renderEnvExample(settingsOfApps))
