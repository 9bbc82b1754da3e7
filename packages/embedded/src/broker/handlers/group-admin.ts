import type { BrokerParts } from '../broker-parts.ts'
import type { Group } from '../groups/group.ts'
import { metadataFor, noAssignment } from '../groups/member.ts'
import { type ErrorCode, errorCode } from '../protocol/error-codes.ts'
import { deleteGroups, describeGroups, listGroups } from '../protocol/group-admin.ts'
import { type Route, route } from '../server/routes.ts'
import { removeOffsets } from './group-offsets.ts'

export function groupAdminRoutes(parts: BrokerParts): Route[] {
  return [describeRoute(parts), listRoute(parts), deleteRoute(parts)]
}

function describeRoute({ groups, offsets }: BrokerParts): Route {
  function describeIdle(groupId: string) {
    // A group whose members are gone lives on in its offsets; one without either does not exist.
    const state = offsets.listEntries(groupId).length > 0 ? 'Empty' : 'Dead'
    return { errorCode: errorCode.none, groupId, state, protocolType: '', protocolName: '', members: [] }
  }

  return route(describeGroups, (request) => ({
    throttleTimeMs: 0,
    groups: request.groups.map((groupId) => {
      const group = groups.find(groupId)
      return !group || group.isUnused() ? describeIdle(groupId) : describeActive(groupId, group)
    }),
  }))
}

function describeActive(groupId: string, group: Group) {
  const isStable = group.state() === 'Stable'
  return {
    errorCode: errorCode.none,
    groupId,
    state: group.state(),
    protocolType: group.protocolType(),
    protocolName: isStable ? group.protocolName() : '',
    members: group.members().map((member) => ({
      memberId: member.id,
      clientId: member.wish.clientId,
      clientHost: member.wish.clientHost,
      metadata: isStable ? metadataFor(member, group.protocolName()) : noAssignment,
      assignment: isStable ? member.assignment : noAssignment,
    })),
  }
}

function listRoute({ groups, offsets }: BrokerParts): Route {
  return route(listGroups, () => {
    const ids = new Set([...groups.listIds(), ...offsets.listGroups()])
    return {
      throttleTimeMs: 0,
      errorCode: errorCode.none,
      groups: [...ids].map((groupId) => ({ groupId, protocolType: groups.find(groupId)?.protocolType() ?? '' })),
    }
  })
}

function deleteRoute({ groups, offsets, clock }: BrokerParts): Route {
  async function remove(groupId: string): Promise<ErrorCode> {
    const group = groups.find(groupId)
    if (group && !group.isUnused()) return errorCode.nonEmptyGroup
    const entries = offsets.listEntries(groupId)
    if (entries.length === 0) return errorCode.groupIdNotFound
    groups.tidy(groupId)
    return (await removeOffsets({ offsets, clock }, entries)) ? errorCode.none : errorCode.coordinatorNotAvailable
  }

  return route(deleteGroups, async ({ groupIds }) => ({
    throttleTimeMs: 0,
    results: await Promise.all(groupIds.map(async (groupId) => ({ groupId, errorCode: await remove(groupId) }))),
  }))
}
