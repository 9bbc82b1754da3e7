import type { joinGroup, syncGroup } from '../protocol/group-membership.ts'
import type { Value } from '../wire/schema.ts'

export type JoinAnswer = Omit<Value<typeof joinGroup.response>, 'throttleTimeMs'>
export type SyncAnswer = Omit<Value<typeof syncGroup.response>, 'throttleTimeMs'>

export interface JoinWish {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly Protocol[]
  // Since JoinGroup 4 a newcomer is first told its id and joins with it: a client that retries cannot leave ghosts.
  readonly mustKnowItsId: boolean
}

export interface Protocol {
  readonly name: string
  readonly metadata: Buffer
}

export interface Member {
  id: string
  wish: JoinWish
  assignment: Buffer
  hasSynced: boolean
  // Set while its JoinGroup or SyncGroup waits for the others.
  answerJoin: ((answer: JoinAnswer) => void) | undefined
  answerSync: ((answer: SyncAnswer) => void) | undefined
  cancelSession: () => void
}

export const noAssignment: Buffer = Buffer.alloc(0)

export function createMember(id: string, wish: JoinWish): Member {
  return {
    id,
    wish: keepWish(wish),
    assignment: noAssignment,
    hasSynced: false,
    answerJoin: undefined,
    answerSync: undefined,
    cancelSession: () => {},
  }
}

// Copies the metadata: a view would keep the whole received frame in memory for as long as the member lives.
export function keepWish(wish: JoinWish): JoinWish {
  return {
    ...wish,
    protocols: wish.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
  }
}

export function hasSameProtocols(wish: JoinWish, other: JoinWish): boolean {
  return (
    wish.protocols.length === other.protocols.length &&
    wish.protocols.every((protocol, index) => {
      const counterpart = other.protocols[index]
      return counterpart?.name === protocol.name && counterpart.metadata.equals(protocol.metadata)
    })
  )
}

export function metadataFor(member: Member, protocolName: string): Buffer {
  return member.wish.protocols.find((protocol) => protocol.name === protocolName)?.metadata ?? noAssignment
}

// The protocols that every member knows; each member votes for the one of these that it names first.
export function chooseProtocol(members: readonly Member[]): string {
  const votes = new Map<string, number>()
  for (const member of members) {
    const favourite = member.wish.protocols.find(({ name }) => members.every((other) => knows(other, name)))
    if (favourite) votes.set(favourite.name, (votes.get(favourite.name) ?? 0) + 1)
  }
  const [winner] = [...votes].sort(([, one], [, other]) => other - one)
  return winner?.[0] ?? ''
}

export function sharesProtocol(members: readonly Member[], wish: JoinWish): boolean {
  return wish.protocols.some(({ name }) => members.every((member) => knows(member, name)))
}

function knows(member: Member, protocolName: string): boolean {
  return member.wish.protocols.some(({ name }) => name === protocolName)
}
