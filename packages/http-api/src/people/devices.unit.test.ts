import { devicesAnswerSchema, storedDeviceSchema } from '@carillon/contracts'
import { describe, expect, it } from 'vitest'
import { mintJwt, startApi } from '../../test/api-under-test.ts'

const device = { token: 'cXk3:APA91bH-secret', platform: 'android' }
const asPerson = async (sub = 'u1') => ({ credential: await mintJwt({ sub }) })

describe('devices', () => {
  it('are registered, listed without their tokens, and removed by their person', async () => {
    const api = startApi()
    const registered = await api.call('POST', '/api/devices', { body: device, ...(await asPerson()) })
    expect([registered.status, registered.text.includes('secret')]).toEqual([200, false])
    const { id } = storedDeviceSchema.parse(registered.json)
    const listed = await api.call('GET', '/api/devices', await asPerson())
    expect(devicesAnswerSchema.parse(listed.json).devices).toEqual([registered.json])
    expect(listed.text).not.toContain('secret')
    const remove = async (body: object) =>
      (await api.call('DELETE', '/api/devices', { body, ...(await asPerson()) })).json
    expect(await remove({ id })).toEqual({ success: true, removed: 1 })
    expect(await remove({ token: device.token })).toEqual({ success: true, removed: 0 })
    await api.call('POST', '/api/devices', { body: device, ...(await asPerson()) })
    expect(await remove({ token: device.token })).toEqual({ success: true, removed: 1 })
  })

  it('move to whoever registers their token', async () => {
    const api = startApi()
    await api.call('POST', '/api/devices', { body: device, ...(await asPerson('u1')) })
    await api.call('POST', '/api/devices', { body: device, ...(await asPerson('u2')) })
    const countOf = async (sub: string) =>
      (await api.call('GET', '/api/devices', await asPerson(sub))).json.devices?.length
    expect([await countOf('u1'), await countOf('u2')]).toEqual([0, 1])
  })

  it('all go at once, but only when that is said', async () => {
    const api = startApi()
    for (const token of ['a', 'b']) {
      await api.call('POST', '/api/devices', { body: { ...device, token }, ...(await asPerson()) })
    }
    const nothing = await api.call('DELETE', '/api/devices', { body: {}, ...(await asPerson()) })
    expect([nothing.status, nothing.json.code]).toEqual([422, 'invalid_request'])
    const all = await api.call('DELETE', '/api/devices', { body: { all: true }, ...(await asPerson()) })
    expect(all.json).toEqual({ success: true, removed: 2 })
  })

  it('of somebody else do not exist for a person, and a service says whose it means', async () => {
    const api = startApi()
    const body = { ...device, userId: 'u2' }
    expect((await api.call('POST', '/api/devices', { body, ...(await asPerson('u1')) })).status).toBe(404)
    expect((await api.call('POST', '/api/devices', { body })).status).toBe(200)
    expect((await api.call('GET', '/api/devices?userId=u2')).json.devices).toHaveLength(1)
    const unnamed = await api.call('POST', '/api/devices', { body: device })
    expect([unnamed.status, unnamed.json.code]).toEqual([422, 'user_required'])
  })

  it('that are none are refused, and the answer does not repeat the token', async () => {
    const api = startApi()
    for (const body of [{ ...device, platform: 'pager' }, { ...device, token: '{"endpoint":"http://secret"}' }, {}]) {
      const answer = await api.call('POST', '/api/devices', { body, ...(await asPerson()) })
      expect([answer.status, answer.text.includes('secret')]).toEqual([422, false])
    }
  })

  it('are kept out of the log line of a request', async () => {
    const api = startApi()
    await api.call('POST', '/api/devices', { body: device, ...(await asPerson()) })
    expect(JSON.stringify(api.lines)).not.toContain('secret')
  })
})
