import { createAddressHash } from '@carillon/backbone'
import type { WebhookPorts, WebhookProvider } from '@carillon/http-api'
import type { ReceiptStore } from '@carillon/receipts'
import type { ApiConfig } from '../config.ts'

const TENANTS_FRESH_MS = 60_000

/** The doors of the providers that are configured. A vendor's code is loaded only where its reports are taken. */
export async function createWebhooks(
  config: ApiConfig,
  store: Pick<ReceiptStore, 'listTenantIds'>,
): Promise<WebhookPorts> {
  const providers = [await createSmsWebhooks(config), await createEmailWebhooks(config)].flat()
  return {
    providers,
    ...(config.WEBHOOKS_URL && { publicUrl: config.WEBHOOKS_URL }),
    readTenantIds: rememberTenants(() => store.listTenantIds()),
    hashAddress: createAddressHash(config),
  }
}

async function createSmsWebhooks(config: ApiConfig): Promise<WebhookProvider[]> {
  const { TWILIO_AUTH_TOKEN: authToken, VONAGE_SIGNATURE_SECRET: vonage, META_APP_SECRET: meta } = config
  if (!authToken && vonage.length === 0 && meta.length === 0) return []
  const [{ createDeliveryTokens }, { createTwilioWebhook }, { createVonageWebhook }, { createMetaWebhook }] =
    await Promise.all([
      import('@carillon/channel-sms'),
      import('./twilio.ts'),
      import('./vonage.ts'),
      import('./meta.ts'),
    ])
  const tokens = createDeliveryTokens(config.CARILLON_SECRET)
  return [
    ...(authToken ? [createTwilioWebhook([authToken], tokens)] : []),
    ...(vonage.length > 0 ? [createVonageWebhook(vonage, tokens)] : []),
    ...(meta.length > 0 ? [createMetaWebhook(meta, config.META_VERIFY_TOKEN, tokens)] : []),
  ]
}

async function createEmailWebhooks({ SENDGRID_WEBHOOK_KEY: keys, SES_TOPIC_ARNS: topicArns }: ApiConfig) {
  const providers: WebhookProvider[] = []
  if (keys.length > 0) providers.push((await import('./sendgrid.ts')).createSendGridWebhook(keys))
  if (topicArns.length > 0) providers.push((await import('./ses.ts')).createSesWebhook({ topicArns }))
  return providers
}

/** Known for a minute. A person's wish is not refused because the database is away: a tenant is seldom that new. */
function rememberTenants(listTenantIds: () => Promise<readonly string[]>): () => Promise<readonly string[]> {
  let known: { readonly ids: readonly string[]; readonly atMs: number } | undefined
  return async function readTenantIds() {
    if (known && performance.now() - known.atMs < TENANTS_FRESH_MS) return known.ids
    try {
      known = { ids: await listTenantIds(), atMs: performance.now() }
    } catch (error) {
      if (!known) throw error
    }
    return known.ids
  }
}
