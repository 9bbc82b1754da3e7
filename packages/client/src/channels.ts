import type { Channel } from '@carillon/contracts'
import type { EventInput, SendOptions, Sent } from './event-sender.ts'
import type { Notifications } from './notifications.ts'

type Rest = Omit<
  EventInput,
  'type' | 'message' | 'templateCode' | 'variables' | 'recipientIds' | 'recipients' | 'audience' | 'channels' | 'sendAt'
> & { readonly type?: string }

/** A number, or somebody whose number Carillon knows. */
export type SmsReceiver = { readonly to: string } | { readonly userId: string }
export type Sms = SmsReceiver & Rest & { readonly message: string }
export type TemplateSms = SmsReceiver &
  Rest & { readonly templateCode: string; readonly variables?: EventInput['variables'] }
export type Push = Rest & { readonly userId: string; readonly message: string }
/** When: a date, or text with a zone such as `2026-12-01T09:00:00Z`. */
export type At = { readonly sendAt: Date | string }

export interface Channels {
  enqueueSMS(sms: Sms, options?: SendOptions): Promise<Sent>
  scheduleSMS(sms: Sms & At, options?: SendOptions): Promise<Sent>
  sendTemplateSMS(sms: TemplateSms & Partial<At>, options?: SendOptions): Promise<Sent>
  enqueuePush(push: Push, options?: SendOptions): Promise<Sent>
  schedulePush(push: Push & At, options?: SendOptions): Promise<Sent>
}

/** What services call that know but one channel; each is a thin line over one event. */
export function createChannels({ publishNotification }: Pick<Notifications, 'publishNotification'>): Channels {
  const sendSms = (sms: (Sms | TemplateSms) & Partial<At>, options?: SendOptions) =>
    publishNotification(describeSms(sms), options)
  const sendPush = ({ userId, ...push }: Push & Partial<At>, options?: SendOptions) =>
    publishNotification({ ...describe(push, 'PUSH'), recipientIds: [userId] }, options)
  return {
    enqueueSMS: sendSms,
    scheduleSMS: sendSms,
    sendTemplateSMS: sendSms,
    enqueuePush: sendPush,
    schedulePush: sendPush,
  }
}

function describeSms(sms: (Sms | TemplateSms) & Partial<At>): EventInput {
  if ('userId' in sms) {
    const { userId, ...event } = sms
    return { ...describe(event, 'SMS'), recipientIds: [userId] }
  }
  const { to, ...event } = sms
  return { ...describe(event, 'SMS'), recipients: [{ phone: to }] }
}

function describe<Given extends { readonly type?: string } & Partial<At>>(
  { sendAt, ...event }: Given,
  channel: Channel,
) {
  const at = sendAt instanceof Date ? sendAt.toISOString() : sendAt
  return { ...event, type: event.type ?? channel, channels: [channel], ...(at !== undefined && { sendAt: at }) }
}
