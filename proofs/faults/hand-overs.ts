import type { FaultStage } from './open-fault-stage.ts'

/** One message that a provider took, as its accept log has it: the truth that rows are compared with. */
export interface HandOver {
  readonly atMs: number
  readonly to: string
}

/** By delivery; under '' what names none. */
export async function readHandOvers({ smtp, twilio }: FaultStage): Promise<Map<string, HandOver[]>> {
  const [mails, texts] = await Promise.all([smtp.accepted(), twilio.accepted()])
  const all = [...mails.map((mail) => ({ ...mail, to: mail.to[0] ?? '' })), ...texts]
  const found = new Map<string, HandOver[]>()
  for (const { deliveryId = '', at, to } of all) {
    const known = found.get(deliveryId)
    const one = { atMs: Date.parse(at), to }
    if (known) known.push(one)
    else found.set(deliveryId, [one])
  }
  return found
}
