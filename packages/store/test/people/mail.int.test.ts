import { afterAll, beforeAll, expect, it } from 'vitest'
import { createMailSettingsStore, createOptOutStore, createSettingsStore, createUserStore } from '../../src/index.ts'
import { openTestStore, type TestStore } from '../open-test-store.ts'
import { countRows, planEmail } from '../rows.ts'

let store: TestStore
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())

const optOuts = () => createOptOutStore(store)
const users = () => createUserStore(store)
const loadOne = async (id: string) => (await store.delivery.loadDeliveries([id]))[0]

it('an opt-out by a link is kept beside everything else that the person chose, and once', async () => {
  const chosen = { sms: false, categories: { orders: { push: false }, news: { email: true } } }
  await users().saveUser('default', 'chooser', { preferences: chosen })
  const wish = { tenantId: 'default', userId: 'chooser', category: 'orders' }
  await Promise.all([optOuts().keepOptOut(wish), optOuts().keepOptOut(wish)])
  await optOuts().keepOptOut({ ...wish, category: 'a "strange", {name}' })
  expect(await users().findPreferences('default', 'chooser')).toEqual({
    sms: false,
    categories: {
      ...{ orders: { push: false, email: false }, news: { email: true } },
      'a "strange", {name}': { email: false },
    },
  })
})

it('a guest who opts out is kept by the id alone, and read when the next mail is about to go', async () => {
  const { id } = await planEmail(store, { recipientIds: ['guest_1'] })
  await optOuts().keepOptOut({ tenantId: 'default', userId: 'guest_1', category: 'orders' })
  expect((await loadOne(id))?.user?.preferences).toEqual({ categories: { orders: { email: false } } })
  expect(await countRows(store, 'User', `id = 'guest_1' AND email IS NULL AND phone IS NULL`)).toBe(1)
})

it('a mail is from whom its category names, else its tenant, and nothing of it is lost by other settings', async () => {
  const settings = createMailSettingsStore(store)
  const billing = { fromEmail: 'billing@acme.test' }
  const tenant = { fromName: 'Acme', fromEmail: 'hello@acme.test', replyTo: 'help@acme.test' }
  await settings.saveMailSettings('acme', { ...tenant, categories: { orders: billing } })
  const named = { id: 'acme', name: 'Acme', timeZone: 'UTC', locale: null, ladder: null, preferences: { sms: false } }
  await createSettingsStore(store).saveTenant(named)
  expect(await settings.findMailSettings('acme')).toEqual({ ...tenant, categories: { orders: billing } })
  const { id } = await planEmail(store, { tenantId: 'acme' })
  expect(await loadOne(id)).toMatchObject({
    mailIdentity: { ...tenant, ...billing },
    tenantPreferences: { sms: false },
  })

  await settings.saveMailSettings('acme', { ...tenant, categories: {} })
  expect((await loadOne(id))?.mailIdentity).toEqual(tenant)
  expect((await loadOne((await planEmail(store)).id))?.mailIdentity).toBeNull()
})
