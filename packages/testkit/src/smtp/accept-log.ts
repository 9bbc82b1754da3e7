import { closeSync, openSync, writeSync } from 'node:fs'
import PostalMime from 'postal-mime'
import { createSignal } from './signal.ts'

/** One message that the server took responsibility for: the truth that tests compare with. */
export interface AcceptedMail {
  /** Counted from 1 in the order of acceptance. */
  readonly number: number
  readonly at: string
  readonly from: string
  readonly to: readonly string[]
  readonly messageId: string
  readonly deliveryId?: string
  readonly attempt?: number
}

export interface ReadMail extends AcceptedMail {
  /** By lower-case name; repeated headers keep their order. */
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly subject: string
  readonly text: string
  readonly html: string
  /** The message as it came, one character a byte. */
  readonly raw: string
}

export type AcceptLog = ReturnType<typeof createAcceptLog>

/** Parsing waits until somebody reads: thousands of mails a second only pass through. */
export function createAcceptLog(options: { file?: string; rawKept: number }) {
  const mails: AcceptedMail[] = []
  const raws = new Map<number, Buffer>()
  const signal = createSignal()
  const file = options.file === undefined ? undefined : openSync(options.file, 'a')

  return {
    mails,
    record(from: string, to: readonly string[], raw: Buffer): AcceptedMail {
      const number = mails.length + 1
      const mail = { number, at: new Date().toISOString(), from, to, ...namesOf(raw) }
      mails.push(mail)
      raws.set(number, raw)
      raws.delete(number - options.rawKept)
      // Written before the server answers 250, so that a killed fake cannot have accepted more than the file says.
      if (file !== undefined) writeSync(file, `${JSON.stringify(mail)}\n`)
      signal.notify()
      return mail
    },
    waitForCount(count: number, timeoutMs: number) {
      const what = `${count} accepted mails`
      return signal.waitFor(what, () => (mails.length >= count ? mails : undefined), timeoutMs)
    },
    async read(number: number): Promise<ReadMail> {
      const mail = mails[number - 1]
      const raw = raws.get(number)
      if (!mail || !raw) throw new Error(`read accepted mail ${number}: not kept`)
      return { ...mail, ...(await parseMail(raw)), raw: raw.toString('latin1') }
    },
    close() {
      if (file !== undefined) closeSync(file)
    },
  }
}

function namesOf(raw: Buffer) {
  const end = raw.indexOf('\r\n\r\n')
  const head = raw.toString('latin1', 0, end === -1 ? raw.length : end)
  const deliveryId = /^x-carillon-delivery:\s*(\S+)/im.exec(head)?.[1]
  const attempt = /^x-carillon-attempt:\s*(\d+)/im.exec(head)?.[1]
  return {
    messageId: /^message-id:\s*(\S+)/im.exec(head)?.[1] ?? '',
    ...(deliveryId !== undefined && { deliveryId }),
    ...(attempt !== undefined && { attempt: Number(attempt) }),
  }
}

async function parseMail(raw: Buffer) {
  const email = await PostalMime.parse(raw)
  const headers: Record<string, string[]> = {}
  for (const { key, value } of email.headers) {
    headers[key] = [...(headers[key] ?? []), value]
  }
  return { headers, subject: email.subject ?? '', text: email.text ?? '', html: email.html ?? '' }
}
