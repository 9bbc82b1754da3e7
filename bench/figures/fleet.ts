import { openStage } from '@carillon/testkit'
import type { Figure, FigureOptions, OpenFigure } from '../figure.ts'
import { emptyTables, FROZEN, freezeApps, produceEvents, thawApps, untilCount } from '../fleet-laps.ts'
import { openPeer, type PeerKind } from '../peer/open-peer.ts'

const APPS = ['router', 'email'] as const

/** From records in the log to rows that say SENT, by a provider that answers at once, on either side. */
async function openFleetFigure(kind: PeerKind, { quick, on }: FigureOptions): Promise<OpenFigure> {
  const events = quick ? 1_000 : 50_000
  // The peer writes no line a message, and keeps no copy of it.
  const env = { CARILLON_SIMULATE: 'email', EMAIL_WORKER_CONCURRENCY: '1000', LOG_LEVEL: 'warn', ...FROZEN }
  const stage = await openStage({ broker: on, apps: APPS, env })
  const peer = await openPeer(kind, stage).catch(async (error) => {
    await stage.close()
    throw error
  })
  return {
    async subject() {
      freezeApps(stage, APPS)
      await emptyTables(stage.pool)
      await produceEvents(stage, events)
      const startedMs = performance.now()
      thawApps(stage, APPS)
      await untilCount(stage.pool, 'NotificationDelivery', `status = 'SENT'`, events)
      return { count: events, ms: performance.now() - startedMs }
    },
    // One job a message takes so long that fewer of them say as much.
    denominator: () => peer.drain(kind === 'a job a message' ? Math.ceil(events / 5) : events),
    async close() {
      await peer.close()
      await stage.close()
    },
  }
}

function againstPeer(kind: PeerKind, goal: number): Figure {
  return {
    name: `whole fleet, against ${kind}`,
    of: 'events drained from the log to SENT',
    against: `BullMQ and Postgres, ${kind}`,
    goal,
    open: (options) => openFleetFigure(kind, options),
  }
}

export const fleetFigures: readonly Figure[] = [
  againstPeer('a job a message', 8),
  againstPeer('two stages in batches', 3),
  againstPeer('one stage, tuned', 1.5),
]
