import type { MailIdentity } from '@carillon/contracts'
import type { OutgoingMessage } from '@carillon/delivery'
import type { Brand } from '@carillon/templates'
import { renderMail, toSingleLine } from '@carillon/templates'
import type { SendMailOptions } from 'nodemailer'
import { isPlainAddress } from './email-address.ts'

export interface Sender {
  readonly name?: string
  readonly address: string
}

export interface ComposeOptions {
  readonly from: Sender
  readonly replyTo?: Sender
  readonly brand: Brand
  /** Where a relative `actionUrl` leads. */
  readonly publicBaseUrl?: string
  readonly unsubscribe?: (message: OutgoingMessage) => { readonly url: string }
  /** The right half of every Message-ID. */
  readonly messageIdDomain: string
}

/** Every header is named here: no key of a user's data can become one. */
export function composeMail(message: OutgoingMessage, options: ComposeOptions): SendMailOptions {
  const { from, replyTo } = chooseIdentity(message.mailIdentity ?? {}, options)
  const unsubscribeUrl = message.mandatory ? undefined : options.unsubscribe?.(message).url
  const { subject, text, html } = renderMail({
    ...message.content,
    brand: options.brand,
    ...(options.publicBaseUrl !== undefined && { publicBaseUrl: options.publicBaseUrl }),
    ...(unsubscribeUrl !== undefined && { unsubscribeUrl }),
  })
  return {
    from: toAddress(from),
    to: { name: '', address: message.address },
    ...(replyTo && { replyTo: toAddress(replyTo) }),
    envelope: { from: from.address, to: message.address },
    // The same for every attempt, so that a mailbox that got a mail twice can tell.
    messageId: `<${message.deliveryId}@${options.messageIdDomain}>`,
    subject,
    text,
    html,
    headers: {
      'X-Carillon-Delivery': message.deliveryId,
      'X-Carillon-Attempt': String(message.attempt),
      // Keeps holiday replies from answering a machine (RFC 3834).
      'Auto-Submitted': 'auto-generated',
      ...(unsubscribeUrl !== undefined && listHeaders(unsubscribeUrl)),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

/** An address that slipped past the edge must not stand in a header: then the installation's own does. */
function chooseIdentity({ fromName, fromEmail, replyTo }: MailIdentity, { from, replyTo: usual }: ComposeOptions) {
  const name = fromName ?? from.name
  const answers = replyTo !== undefined && isPlainAddress(replyTo) ? { address: replyTo } : usual
  return {
    from: {
      ...(name !== undefined && { name }),
      address: fromEmail !== undefined && isPlainAddress(fromEmail) ? fromEmail : from.address,
    },
    replyTo: answers,
  }
}

function toAddress({ name, address }: Sender) {
  return { name: toSingleLine(name ?? ''), address }
}

/** One click needs https (RFC 8058). `prepared` keeps the address in one piece instead of folding and encoding it. */
function listHeaders(url: string) {
  return {
    'List-Unsubscribe': { prepared: true, value: `<${new URL(url).href}>` },
    ...(url.startsWith('https:') && { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }),
  }
}
