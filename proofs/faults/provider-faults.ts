import type { Fault } from './fault.ts'
import type { FaultStage } from './open-fault-stage.ts'

type Behaviour = Parameters<FaultStage['smtp']['behave']>[0]

// Beyond the limit of 5 s, so that the worker gives up first.
const TOO_SLOW_MS = 6_500

function misbehave(name: string, ...behaviours: readonly Behaviour[]): Fault {
  return {
    name,
    async inject({ smtp }, _random, quick) {
      for (const behaviour of behaviours) await smtp.behave({ ...behaviour, times: quick ? 2 : 6 })
      await Bun.sleep(quick ? 2_000 : 8_000)
      // A breaker lets one message through at a time, so what is left of a fault would outlast it by minutes.
      await smtp.clearBehaviours()
      return behaviours.length * (quick ? 2 : 6)
    },
  }
}

export const PROVIDER_FAULTS: readonly Fault[] = [
  misbehave('mails taken, and the answer lost', { at: 'accepted', drop: true }),
  misbehave(
    'connections lost before, in and after a mail',
    { at: 'greeting', drop: true },
    { at: 'body', drop: true },
    {
      at: 'dot',
      drop: true,
    },
  ),
  misbehave(
    'a server that answers too late',
    { at: 'dot', delayMs: TOO_SLOW_MS },
    {
      at: 'accepted',
      delayMs: TOO_SLOW_MS,
    },
  ),
  misbehave(
    'a server that puts off',
    { at: 'rcpt', reply: '451 4.3.0 try again' },
    {
      at: 'dot',
      reply: '421 4.3.2 shutting down',
    },
  ),
  {
    name: 'no mail server for a while',
    async inject({ smtp }, _random, quick) {
      await smtp.refuseConnections(true)
      await smtp.dropConnections()
      await Bun.sleep(quick ? 4_000 : 15_000)
      await smtp.refuseConnections(false)
      return 1
    },
  },
]
