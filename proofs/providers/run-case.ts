import { createDeliveryWorker, type ObservedAttempt, retryPolicyOf } from '@carillon/delivery'
import { type Expected, type VendorCase, WORKER_TIMEOUT_MS } from './vendor-case.ts'
import type { VendorStage } from './vendor-stage.ts'

export interface CaseResult {
  readonly name: string
  /** One line a thing that is not as expected. */
  readonly problems: readonly string[]
}

let peopleCount = 0

/** One message through worker, real client, fake and rows; then everything that the table promises is compared. */
export async function runCase(stage: VendorStage, vendorCase: VendorCase): Promise<CaseResult> {
  const { channel: kind, expected } = vendorCase
  const name = `${vendorCase.table} ${vendorCase.name}`
  await stage.behaveWell()
  const acceptedBefore = await stage.countAccepted()
  const channel = vendorCase.openChannel(stage)
  const observed: ObservedAttempt[] = []
  const worker = createDeliveryWorker(
    {
      channel,
      store: stage.delivery,
      hashAddress: stage.hashAddress,
      persist: (statement) => statement(),
      observe: (attempt) => void observed.push(attempt),
      onChannelStopped: () => undefined,
      onFatal(error) {
        throw error
      },
    },
    {
      ...{ slots: 4, urgentSlots: 1, timeoutMs: vendorCase.timeoutMs ?? WORKER_TIMEOUT_MS },
      retry: retryPolicyOf(kind, WORKER_TIMEOUT_MS),
      ...{ breakerFailuresMax: 1, breakerOpenMs: 60_000, holdMs: 60_000, firstAnswerMsMax: 0 },
    },
  )
  const address = createAddress(kind)
  async function send(to: string) {
    const planned = await stage.planDelivery(kind, to)
    await worker.deliver([planned], 'normal')
    const [row] = await stage.readRows(planned.notificationId)
    if (!row) throw new Error(`${name}: the delivery is gone`)
    return { row, recipientId: planned.recipientId }
  }
  try {
    await vendorCase.misbehave?.(stage, address)
    const { row, recipientId } = await send(address)
    const load = worker.readLoad()
    const trouble = load.heldForMs > 0 ? 'channel stopped' : load.breaker === 'open' ? 'breaker open' : undefined
    const accepted = (await stage.countAccepted()) - acceptedBefore
    const sendAnother = async () => (await send(createAddress(kind))).row
    const after = await vendorCase.follow?.(stage, { row, address, channel, sendAnother })
    const found: Expected = {
      row: [row.status, row.reason].filter(Boolean).join(' '),
      attempt: await readFirstAttempt(stage, row.id, expected, after),
      counts: row.attemptCount === 1,
      provider: row.provider ?? 'none',
      isSuppressed: (await stage.countSuppressed(kind, address)) > 0,
      next: row.dueInMs === null ? 'nothing' : [row.dueInMs, row.dueInMs],
      ...(trouble && { provesTrouble: trouble }),
      isAlert: observed[0]?.isAlert ?? false,
      accepted,
      ...(kind === 'PUSH' && { devicesLeft: await stage.countDevices(recipientId) }),
      ...(after !== undefined && { after }),
    }
    return { name, problems: compare(found, expected) }
  } finally {
    await stage.behaveWell()
    await worker.close()
    await channel.close()
  }
}

/** A receipt writes its reason over the attempt's own; what that says is compared as `after`. */
async function readFirstAttempt(stage: VendorStage, id: string, expected: Expected, after: string | undefined) {
  const said = await stage.readAttempt(id)
  const reason = /^FAILED (\w+)/.exec(after ?? '')?.[1]
  return reason && said === `${expected.attempt} ${reason}` ? expected.attempt : said
}

function compare(found: Expected, expected: Expected): string[] {
  const { next, ...rest } = { isAlert: false, ...expected }
  const problems = Object.entries({ provesTrouble: undefined, ...rest }).flatMap(([key, wanted]) => {
    const value = Reflect.get(found, key)
    return value === wanted ? [] : [`${key} is ${value}, not ${wanted}`]
  })
  const isDueWell = next === 'nothing' || found.next === 'nothing' ? next === found.next : isWithin(found.next[0], next)
  return isDueWell ? problems : [...problems, `the next look is ${found.next}, not ${next}`]
}

function isWithin(ms: number, [minMs, maxMs]: readonly [number, number]): boolean {
  return ms >= minMs && ms <= maxMs
}

function createAddress(kind: VendorCase['channel']): string {
  peopleCount += 1
  if (kind === 'EMAIL') return `person-${peopleCount}@mail.test`
  return kind === 'SMS' ? `+4915112${String(100_000 + peopleCount)}` : `token-${peopleCount}`
}
