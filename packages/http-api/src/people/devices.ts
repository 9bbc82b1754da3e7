import {
  type DeviceInput,
  type DeviceRemoval,
  deviceRemovalAnswerSchema,
  deviceRemovalSchema,
  deviceSchema,
  devicesAnswerSchema,
  identifier,
  storedDeviceSchema,
} from '@carillon/contracts'
import { z } from 'zod'
import { answerJson } from '../answer.ts'
import { jsonBody } from '../parse-inputs.ts'
import type { DeviceStore, StoredDevice } from '../ports.ts'
import { defineRoute } from '../route.ts'
import { decidePerson } from '../whose.ts'

const query = z.object({ userId: identifier.optional() })

export const getDevices = defineRoute({
  method: 'get',
  path: '/api/devices',
  access: { scope: 'devices:read', people: 'own' },
  summary: 'See on which devices a person gets push messages',
  query,
  answers: {
    200: { description: 'The last one used comes first; tokens are never shown', schema: devicesAnswerSchema },
  },
  async handle({ caller, query: inQuery, exchange }) {
    const person = decidePerson(caller, inQuery.userId)
    if (!person.ok) return person.answer
    const devices = await exchange.ports.devices.listDevices(caller.tenantId, person.value)
    return answerJson(200, { devices: devices.map(describeDevice) })
  },
})

export const postDevice = defineRoute({
  method: 'post',
  path: '/api/devices',
  access: { scope: 'devices:write', people: 'own' },
  summary: 'Register a device for push messages',
  description:
    'A token belongs to one person: registering it takes it from whoever had it. An app does so at every start, which ' +
    'also keeps the device among the twenty that a person can have.',
  body: jsonBody<DeviceInput>(deviceSchema, {
    example: { userId: 'user-1', token: 'fcm-registration-token', platform: 'android' },
  }),
  answers: { 200: { description: 'The device, without its token', schema: storedDeviceSchema } },
  async handle({ caller, body: { userId, token, platform }, exchange }) {
    const person = decidePerson(caller, userId)
    if (!person.ok) return person.answer
    const device = await exchange.ports.devices.registerDevice(caller.tenantId, person.value, { token, platform })
    return answerJson(200, describeDevice(device))
  },
})

export const deleteDevice = defineRoute({
  method: 'delete',
  path: '/api/devices',
  access: { scope: 'devices:write', people: 'own' },
  summary: 'Remove a device, such as at sign-out, or all of them',
  description: 'By its token or its id; `all: true` removes every device of the person.',
  body: jsonBody<DeviceRemoval>(deviceRemovalSchema, { example: { userId: 'user-1', all: true } }),
  answers: { 200: { description: 'How many were removed; none is no error', schema: deviceRemovalAnswerSchema } },
  async handle({ caller, body: { userId, ...which }, exchange }) {
    const person = decidePerson(caller, userId)
    if (!person.ok) return person.answer
    const removed = await removeDevices(exchange.ports.devices, caller.tenantId, person.value, which)
    return answerJson(200, { success: true, removed })
  },
})

function removeDevices(devices: DeviceStore, tenantId: string, userId: string, { token, id }: DeviceRemoval) {
  if (token !== undefined) return devices.removeDevice(tenantId, userId, { token })
  if (id !== undefined) return devices.removeDevice(tenantId, userId, { id })
  return devices.removeAllDevices(tenantId, userId)
}

function describeDevice({ createdAt, lastSeenAt, ...device }: StoredDevice) {
  return { ...device, createdAt: createdAt.toISOString(), lastSeenAt: lastSeenAt.toISOString() }
}
