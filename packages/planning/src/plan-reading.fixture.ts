import type { Channel } from '@carillon/contracts'
import type { Plan } from './plan.ts'
import { planNotification } from './plan-notification.ts'
import { type SampleChanges, samplePlanInput } from './testing.ts'

export const ALL_CHANNELS: Channel[] = ['IN_APP', 'EMAIL', 'PUSH', 'SMS', 'WHATSAPP']
export const NIGHT = { start: '22:00', end: '07:00', timeZone: 'Europe/Berlin' }
export const AT_NIGHT = new Date('2026-06-01T21:00:00.000Z')
export const NEXT_MORNING = '2026-06-02T05:00:00.000Z'

export function plan(changes: SampleChanges = {}): Plan {
  return planNotification(samplePlanInput(changes))
}

/** Each row in one line: what a support person would read out. */
export function rows({ deliveries }: Plan): string[] {
  return deliveries.map(({ channel, step, status, scheduledFor, reason }) =>
    [`${step}`, channel, status, scheduledFor?.toISOString(), reason].filter(Boolean).join(' '),
  )
}

export function codes({ decisions }: Plan, channel?: Channel): string[] {
  return decisions.filter((one) => channel === undefined || one.channel === channel).map(({ code }) => code)
}

export function decided({ decisions }: Plan, code: string) {
  return decisions.find((one) => one.code === code)
}
