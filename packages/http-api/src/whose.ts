import { type Answer, answerInvalid, answerNotFound } from './answer.ts'
import type { Caller } from './auth/caller.ts'
import type { NotificationRef } from './ports.ts'

// Ours are version 8; any other UUID is somebody's own name for something.
const OUR_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

export type Whose<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly answer: Answer }

/** Whose things a call is about: a person's own, or those of whom a service names. Another's do not exist for a person. */
export function decidePerson(caller: Caller, named: string | undefined): Whose<string> {
  if (caller.kind === 'person') {
    const isOther = named !== undefined && named !== caller.userId
    return isOther ? { ok: false, answer: answerNotFound('user') } : { ok: true, value: caller.userId }
  }
  if (named !== undefined) return { ok: true, value: named }
  return { ok: false, answer: requirePerson('with an API key, say whose: add userId') }
}

/** Our own id is enough for a service; a producer's name is not, since all recipients of an event share it. */
export function decideNotification(caller: Caller, id: string, named: string | undefined): Whose<NotificationRef> {
  const ref = { tenantId: caller.tenantId, notificationId: id }
  if (caller.kind === 'service' && named === undefined) {
    if (OUR_ID.test(id)) return { ok: true, value: ref }
    return {
      ok: false,
      answer: requirePerson('a notification is found by your own name for it only together with userId'),
    }
  }
  const person = decidePerson(caller, named)
  return person.ok ? { ok: true, value: { ...ref, userId: person.value } } : person
}

function requirePerson(message: string): Answer {
  return answerInvalid([{ path: 'userId', message }], 'user_required')
}
