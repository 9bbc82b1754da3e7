import { storedUserSchema } from '@carillon/contracts'
import type { z } from 'zod'
import type { Outcome } from '../command.ts'
import type { ApiOptions } from '../commands/api-options.ts'
import type { UserOptions } from '../commands/users.ts'
import type { Config } from '../config.ts'
import { askApi } from './ask-api.ts'

type StoredUser = z.infer<typeof storedUserSchema>

const pathOf = (id: string) => `/api/users/${encodeURIComponent(id)}`

export function showUser(config: Config, id: string, options: ApiOptions): Promise<Outcome> {
  return askApi(config, options, async (api) => print(await api.get(pathOf(id), storedUserSchema), options))
}

export async function setUser(config: Config, id: string, options: UserOptions): Promise<Outcome> {
  const { email, phone, role: roles, locale, timeZone } = options
  const changes = { email, phone, roles, locale, timeZone }
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  if (Object.keys(given).length === 0)
    return { problem: 'nothing to change was given', cure: 'Give --email, --phone, --role, --locale or --time-zone.' }
  return askApi(config, options, async (api) => print(await api.put(pathOf(id), given, storedUserSchema), options))
}

function print(user: StoredUser, { json }: ApiOptions): undefined {
  process.stdout.write(json ? `${JSON.stringify(user)}\n` : renderUser(user))
}

function renderUser({ id, email, phone, roles, locale, timeZone, preferences }: StoredUser): string {
  const { quietHours, categories, ...channels } = preferences
  const off = Object.entries(channels).flatMap(([channel, isOn]) => (isOn ? [] : [channel]))
  const lines = [
    ['id', id],
    ['email', email],
    ['phone', phone],
    ['roles', roles.join(', ')],
    ['language', locale],
    ['time zone', timeZone],
    ['switched off', off.join(', ')],
    ['quiet hours', quietHours && `${quietHours.start} to ${quietHours.end} ${quietHours.timeZone ?? ''}`],
    ['exceptions', Object.keys(categories).join(', ')],
  ]
  return lines.map(([name, value]) => `${String(name).padEnd(14)}${value || '–'}\n`).join('')
}
