import { createHmac } from 'node:crypto'
import { unsubscribeKeysOf } from '@carillon/backbone'
import { signUnsubscribe } from '@carillon/contracts'
import { STAGE_SECRET } from '@carillon/testkit'
import type { PlannedRequest } from './plan-requests.ts'
import { nameOf, type Operation } from './read-operations.ts'

/** Doors that open to a signature instead of a credential: no document can show one that works. */

const VERIFY_TOKEN = 'the word that the walk agreed on'
const APP_SECRET = 'the secret that the walk signs with'

export const SIGNED_SETTINGS = { META_VERIFY_TOKEN: VERIFY_TOKEN, META_APP_SECRET: APP_SECRET }

type Signed = Pick<PlannedRequest, 'url' | 'headers' | 'body'>

export function planSignedRequests(operations: readonly Operation[], tenantId: string): PlannedRequest[] {
  const keys = unsubscribeKeysOf({ CARILLON_SECRET: [STAGE_SECRET] })
  const link = `/u/${signUnsubscribe({ tenantId, userId: 'user-1', category: 'offers' }, keys)}`
  const signed: Readonly<Record<string, Signed>> = {
    'GET /u/{token}': { url: link, headers: {}, body: undefined },
    'POST /u/{token}': {
      url: link,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'List-Unsubscribe=One-Click',
    },
    'GET /webhooks/{provider}': { url: askAsMeta(), headers: {}, body: undefined },
    'POST /webhooks/{provider}': tellAsMeta({ object: 'whatsapp_business_account', entry: [] }),
  }
  return operations.flatMap((operation) => {
    const request = signed[nameOf(operation)]
    return request ? [{ operation, what: 'example', ...request }] : []
  })
}

function askAsMeta(): string {
  const question = { 'hub.mode': 'subscribe', 'hub.verify_token': VERIFY_TOKEN, 'hub.challenge': '1158201444' }
  return `/webhooks/meta?${new URLSearchParams(question)}`
}

function tellAsMeta(told: object): Signed {
  const body = JSON.stringify(told)
  const signature = createHmac('sha256', APP_SECRET).update(body).digest('hex')
  return { url: '/webhooks/meta', headers: { 'x-hub-signature-256': `sha256=${signature}` }, body }
}
