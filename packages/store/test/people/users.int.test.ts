import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createUserStore } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

describe('people', () => {
  const users = () => createUserStore({ pool: store.pool })

  it('are stored with what was given, and keep it when less is given', async () => {
    const saved = await users().saveUser('default', 'u1', {
      email: 'u1@example.com',
      phone: '+4915112345678',
      roles: ['admin', 'a "quoted" role'],
      attributes: { gotra: 'x' },
      locale: 'de',
      timeZone: 'Europe/Berlin',
      preferences: { sms: false, categories: { news: { email: false } } },
    })
    expect(saved).toEqual({
      id: 'u1',
      email: 'u1@example.com',
      phone: '+4915112345678',
      roles: ['admin', 'a "quoted" role'],
      attributes: { gotra: 'x' },
      locale: 'de',
      timeZone: 'Europe/Berlin',
      preferences: { sms: false, categories: { news: { email: false } } },
    })
    expect(await users().saveUser('default', 'u1', {})).toEqual(saved)
    expect(await users().saveUser('default', 'u1', { email: null, roles: [], attributes: {} })).toEqual({
      ...saved,
      email: null,
      roles: [],
      attributes: {},
    })
    expect(await users().findUser('default', 'u1')).toMatchObject({ email: null, phone: '+4915112345678' })
    expect(await users().findUser('acme', 'u1')).toBeUndefined()
  })

  it('start with nothing', async () => {
    expect(await users().saveUser('default', 'u2', {})).toEqual({
      id: 'u2',
      email: null,
      phone: null,
      roles: [],
      attributes: {},
      locale: null,
      timeZone: null,
      preferences: {},
    })
  })

  it('lose no opt-out by a form that shows half of their preferences', async () => {
    const save = (preferences: Parameters<ReturnType<typeof users>['savePreferences']>[2]) =>
      users().savePreferences('default', 'u3', preferences)
    expect(await users().findPreferences('default', 'u3')).toBeUndefined()
    const quietHours = { start: '22:00', end: '07:00' }
    expect(
      await save({ email: false, categories: { news: { sms: false }, sport: { push: false } }, quietHours }),
    ).toEqual({
      email: false,
      categories: { news: { sms: false }, sport: { push: false } },
      quietHours,
    })
    expect(await save({ push: false, categories: { news: { enabled: true } } })).toEqual({
      email: false,
      push: false,
      categories: { news: { enabled: true }, sport: { push: false } },
      quietHours,
    })
    expect(await save({ quietHours: null })).not.toHaveProperty('quietHours')
    expect(await users().saveUser('default', 'u3', { preferences: { sms: false } })).toMatchObject({
      preferences: { email: false, push: false, sms: false },
    })
    expect(await users().findPreferences('default', 'u3')).toMatchObject({ categories: { sport: { push: false } } })
  })

  it('lose no change that was made at the same time', async () => {
    const codes = Array.from({ length: 12 }, (_, index) => `c${index}`)
    await Promise.all(
      codes.map((code) => users().savePreferences('default', 'u4', { categories: { [code]: { email: false } } })),
    )
    const preferences = await users().findPreferences('default', 'u4')
    expect(Object.keys(preferences?.categories ?? {}).toSorted()).toEqual(codes.toSorted())
  })
})
