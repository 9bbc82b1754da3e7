import { isSnsUrl, readSesReceipt, readSnsMessage, verifySnsSignature } from '@carillon/channel-email'
import type { WebhookProvider } from '@carillon/http-api'
import { toJson } from './read-body.ts'

export interface SesWebhookOptions {
  /** Ours. SNS signs for everybody, so a signature alone says nothing of who speaks. */
  readonly topicArns: readonly string[]
  /** Fetches an address of SNS; undefined when there is nothing. */
  readonly fetchFromSns?: (url: string) => Promise<string | undefined>
}

const CERTIFICATES_MAX = 10
const FETCH_MS_MAX = 5_000
const CERTIFICATE_PATH = /^\/SimpleNotificationService-[0-9a-zA-Z]{1,64}\.pem$/

/** SES reports over SNS, which signs by a certificate that it names and that is fetched from its own hosts alone. */
export function createSesWebhook({ topicArns, fetchFromSns = fetchText }: SesWebhookOptions): WebhookProvider {
  const certificates = new Map<string, string>()

  async function findCertificate(url: string): Promise<string | undefined> {
    if (!isSnsUrl(url) || !CERTIFICATE_PATH.test(new URL(url).pathname)) return undefined
    const known = certificates.get(url)
    if (known !== undefined) return known
    const fetched = await fetchFromSns(url)
    if (!fetched?.startsWith('-----BEGIN ')) return undefined
    if (certificates.size >= CERTIFICATES_MAX) certificates.clear()
    certificates.set(url, fetched)
    return fetched
  }

  return {
    name: 'ses',
    async verify({ rawBody }) {
      const message = readSnsMessage(toJson(rawBody))
      if (!message || !topicArns.includes(message.TopicArn)) return false
      const certificate = await findCertificate(message.SigningCertURL)
      return certificate !== undefined && verifySnsSignature(message, certificate)
    },
    async read({ rawBody }) {
      const message = readSnsMessage(toJson(rawBody))
      if (message?.Type === 'SubscriptionConfirmation' && isSnsUrl(message.SubscribeURL)) {
        // It asks, signed and for a topic of ours, whether we want its reports: to call this address is the yes.
        await fetchFromSns(message.SubscribeURL)
      }
      if (message?.Type !== 'Notification') return []
      const receipt = readSesReceipt(toJson(new TextEncoder().encode(message.Message)))
      return receipt ? [receipt] : []
    },
  }
}

async function fetchText(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_MS_MAX) })
    return response.ok ? await response.text() : undefined
  } catch (cause) {
    throw new Error('fetch from SNS', { cause })
  }
}
