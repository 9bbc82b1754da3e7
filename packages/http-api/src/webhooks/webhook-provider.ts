import type { ProviderReceipt } from '@carillon/receipts'

/** One request of a provider to its own door. */
export interface WebhookCall {
  /** The public address that the provider called, with its query: what it signs, whatever a proxy made of it. */
  readonly url: string
  readonly headers: Headers
  /** Byte by byte: parsed and written again it would be signed by nobody. */
  readonly rawBody: Uint8Array
}

/** A vendor's webhooks, in two functions; this package knows no vendor. */
export interface WebhookProvider {
  /** What stands in the path: /webhooks/twilio */
  readonly name: string
  /** Whether it comes from the provider. Called before anything looks at the body. */
  verify(call: WebhookCall): Promise<boolean>
  /** What cannot be read is left out: the provider would only send it again. */
  read(call: WebhookCall): Promise<readonly ProviderReceipt[]>
  /** What the provider wants to read when its receipts are taken; a plain line without it. */
  readonly answer?: { readonly contentType: string; readonly text: string }
  /** What it wants back when a person sets the webhook up; undefined when that is somebody else. */
  answerChallenge?(query: URLSearchParams): string | undefined
}

export interface WebhookPorts {
  readonly providers: readonly WebhookProvider[]
  /** Where providers reach us, without the provider's name; the request's own address when nobody said. */
  readonly publicUrl?: string
  /** Who writes back writes to a number that all tenants may share, and each has its own hash of the person's. */
  readTenantIds(): Promise<readonly string[]>
  readonly hashAddress: (tenantId: string, address: string) => string
}
