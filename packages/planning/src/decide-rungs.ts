import type { Channel, LadderStep, NotificationEvent } from '@carillon/contracts'
import { isLadder } from './decide-ladder.ts'
import type { CategoryFacts } from './plan.ts'
import type { Rung } from './rung.ts'

const DEFAULT_CHANNELS: readonly Channel[] = ['IN_APP', 'EMAIL', 'PUSH']

/** Where deliveries may stand: the asked channels now, or the steps of the ladder and what was asked for beside it. */
export function decideRungs(
  event: Pick<NotificationEvent, 'channels' | 'ladder'>,
  category: Pick<CategoryFacts, 'defaultChannels'>,
  ladder: readonly LadderStep[] | null,
): readonly Rung[] {
  if (ladder === null) return broadcastRungs(event, category)
  const wasAsked = event.channels !== undefined || event.ladder !== undefined
  const rungs: Rung[] = ladder.map(({ channel, afterSeconds }, step) => ({ channel, step, afterSeconds, wasAsked }))
  for (const channel of new Set(event.channels))
    if (!ladder.some((step) => step.channel === channel))
      rungs.push({ channel, step: 0, afterSeconds: 0, wasAsked: true, isOffLadder: true })
  return rungs
}

function broadcastRungs(
  { channels, ladder }: Pick<NotificationEvent, 'channels' | 'ladder'>,
  { defaultChannels }: Pick<CategoryFacts, 'defaultChannels'>,
): readonly Rung[] {
  const asked = channels ?? (isLadder(ladder) ? ladder.map((step) => step.channel) : undefined)
  const wanted = asked ?? (defaultChannels.length > 0 ? defaultChannels : DEFAULT_CHANNELS)
  const rungs: Rung[] = []
  for (const channel of wanted)
    if (!rungs.some((rung) => rung.channel === channel))
      rungs.push({ channel, step: 0, afterSeconds: 0, wasAsked: asked !== undefined })
  return rungs
}
