import type { SmsBehaviour } from '@carillon/testkit'
import type { Fault } from './fault.ts'
import type { FaultStage } from './open-fault-stage.ts'

type Behaviour = Parameters<FaultStage['smtp']['behave']>[0]

// Beyond the limit of 5 s, so that the worker gives up first.
const TOO_SLOW_MS = 6_500
const AWAY_MS = { quick: 4_000, full: 20_000 }

function mails(name: string, ...behaviours: readonly Behaviour[]): Fault {
  return {
    name: `mail server: ${name}`,
    async inject({ smtp }, _random, quick) {
      const times = quick ? 2 : 6
      for (const behaviour of behaviours) await smtp.behave({ ...behaviour, times })
      await Bun.sleep(quick ? 2_000 : 5_000)
      // A breaker lets one message through at a time, so what is left of a fault would outlast it by minutes.
      await smtp.clearBehaviours()
      return behaviours.length * times
    },
  }
}

function texts(name: string, ...behaviours: readonly SmsBehaviour[]): Fault {
  return {
    name: `Twilio: ${name}`,
    async inject({ twilio }, _random, quick) {
      const times = quick ? 1 : 3
      for (const behaviour of behaviours) await twilio.behave({ ...behaviour, times })
      await Bun.sleep(quick ? 2_000 : 5_000)
      await twilio.clearBehaviours()
      return behaviours.length * times
    },
  }
}

export const PROVIDER_FAULTS: readonly Fault[] = [
  mails('taken, and the answer lost', { at: 'accepted', drop: true }),
  mails(
    'connections lost before, in and after a mail',
    { at: 'greeting', drop: true },
    { at: 'body', drop: true },
    { at: 'dot', drop: true },
  ),
  mails('answers too late', { at: 'dot', delayMs: TOO_SLOW_MS }, { at: 'accepted', delayMs: TOO_SLOW_MS }),
  mails('puts off', { at: 'rcpt', reply: '452 4.3.1 no space' }, { at: 'dot', reply: '421 4.3.2 shutting down' }),
  {
    name: 'mail server: away for a while',
    async inject({ smtp }, _random, quick) {
      await smtp.refuseConnections(true)
      await smtp.dropConnections()
      await Bun.sleep(AWAY_MS[quick ? 'quick' : 'full'])
      await smtp.refuseConnections(false)
      return 1
    },
  },
  texts('taken, and the answer lost', { at: 'accepted', drop: 'reset' }, { at: 'accepted', drop: 'half' }),
  texts('taken, and 503 answered', { at: 'accepted', answer: { status: 503 } }),
  texts('connections lost before a message', { at: 'connect', drop: 'reset' }, { at: 'headers', drop: 'reset' }),
  texts('answers too late', { at: 'body', delayMs: TOO_SLOW_MS }, { at: 'accepted', delayMs: TOO_SLOW_MS }),
  texts('too many requests', { at: 'body', answer: { code: 20429, retryAfter: '1' } }),
  texts(
    'the answer lost, and nobody to ask',
    { at: 'accepted', drop: 'reset' },
    { at: 'look_up', answer: { status: 503 } },
  ),
  {
    name: 'Twilio: away for a while',
    async inject({ twilio }, _random, quick) {
      await twilio.refuseConnections(true)
      await twilio.dropConnections()
      await Bun.sleep(AWAY_MS[quick ? 'quick' : 'full'])
      await twilio.refuseConnections(false)
      return 1
    },
  },
]
