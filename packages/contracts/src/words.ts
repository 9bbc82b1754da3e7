import { z } from 'zod'

/** A new channel is one package, one app and one line here. */
export const CHANNELS = ['EMAIL', 'SMS', 'PUSH', 'WHATSAPP', 'IN_APP'] as const
export const channelSchema = z.enum(CHANNELS)
export type Channel = z.infer<typeof channelSchema>
/** IN_APP needs no worker: its delivery is born DELIVERED with the row that the inbox reads. */
export type SentChannel = Exclude<Channel, 'IN_APP'>
export const SENT_CHANNELS = CHANNELS.filter((channel): channel is SentChannel => channel !== 'IN_APP')

export const strategySchema = z.enum(['BROADCAST', 'ESCALATION'])
export type Strategy = z.infer<typeof strategySchema>

export const prioritySchema = z.enum(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'])
export type Priority = z.infer<typeof prioritySchema>

export const stopOnSchema = z.enum(['READ', 'DELIVERED', 'ACKNOWLEDGED'])
export type StopOn = z.infer<typeof stopOnSchema>

export type Lane = 'urgent' | 'normal'
export function laneOf(priority: Priority): Lane {
  return priority === 'HIGH' || priority === 'CRITICAL' ? 'urgent' : 'normal'
}

export const deliveryStatusSchema = z.enum([
  'SCHEDULED',
  'PENDING',
  'SENDING',
  'UNKNOWN',
  'SENT',
  'DELIVERED',
  'FAILED',
  'CANCELLED',
  'SUPPRESSED',
  'EXPIRED',
])
export type DeliveryStatus = z.infer<typeof deliveryStatusSchema>

export const eventStateSchema = z.enum(['QUEUED', 'HELD', 'PLANNING', 'PLANNED', 'CANCELLED', 'REFUSED'])
export type EventState = z.infer<typeof eventStateSchema>

/** How an event that reaches many people chunk by chunk stands. */
export const fanoutStatusSchema = z.enum(['PROCESSING', 'PAUSED', 'COMPLETED', 'CANCELLED', 'FAILED'])
export type FanoutStatus = z.infer<typeof fanoutStatusSchema>

/** How a stop answers for one delivery. */
export const stopAnswerSchema = z.enum(['cancelled', 'possibly_sent', 'too_late'])
export type StopAnswer = z.infer<typeof stopAnswerSchema>
