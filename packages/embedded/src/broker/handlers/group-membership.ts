import type { BrokerParts } from '../broker-parts.ts'
import { joinRefusal } from '../groups/group.ts'
import { noAssignment } from '../groups/member.ts'
import { errorCode } from '../protocol/error-codes.ts'
import { findCoordinator, heartbeat, joinGroup, leaveGroup, syncGroup } from '../protocol/group-membership.ts'
import { type Route, route } from '../server/routes.ts'

export const sessionTimeoutMinMs = 6_000
export const sessionTimeoutMaxMs = 1_800_000
const groupKey = 0
const knowsItsIdSince = 4

export function groupMembershipRoutes(parts: BrokerParts): Route[] {
  return [findCoordinatorRoute(parts), joinRoute(parts), syncRoute(parts), heartbeatRoute(parts), leaveRoute(parts)]
}

function findCoordinatorRoute({ nodeId }: BrokerParts): Route {
  return route(findCoordinator, ({ keyType }, { connection }) => {
    if (keyType === groupKey)
      return { throttleTimeMs: 0, errorCode: errorCode.none, errorMessage: null, nodeId, ...connection.advertised }
    const errorMessage = 'The embedded broker has no transactions'
    return { throttleTimeMs: 0, errorCode: errorCode.invalidRequest, errorMessage, nodeId: -1, host: '', port: -1 }
  })
}

function joinRoute({ groups }: BrokerParts): Route {
  return route(joinGroup, async (request, { version, clientId, connection }) => {
    const { groupId, memberId, sessionTimeoutMs } = request
    if (groupId === '') return { throttleTimeMs: 0, ...joinRefusal(errorCode.invalidGroupId, memberId) }
    if (sessionTimeoutMs < sessionTimeoutMinMs || sessionTimeoutMs > sessionTimeoutMaxMs)
      return { throttleTimeMs: 0, ...joinRefusal(errorCode.invalidSessionTimeout, memberId) }
    const known = groups.find(groupId)
    if (!known && memberId !== '') return { throttleTimeMs: 0, ...joinRefusal(errorCode.unknownMemberId, memberId) }
    const answer = await groups.findOrCreate(groupId).join({
      ...request,
      rebalanceTimeoutMs: request.rebalanceTimeoutMs < 0 ? sessionTimeoutMs : request.rebalanceTimeoutMs,
      clientId,
      clientHost: connection.host,
      mustKnowItsId: version >= knowsItsIdSince,
    })
    groups.tidy(groupId)
    return { throttleTimeMs: 0, ...answer }
  })
}

function syncRoute({ groups }: BrokerParts): Route {
  return route(syncGroup, async ({ groupId, memberId, groupInstanceId, generationId, assignments }) => {
    const group = groups.find(groupId)
    const unknown = { errorCode: errorCode.unknownMemberId, assignment: noAssignment }
    const answer = group ? await group.sync(memberId, groupInstanceId, generationId, assignments) : unknown
    return { throttleTimeMs: 0, ...answer }
  })
}

function heartbeatRoute({ groups }: BrokerParts): Route {
  return route(heartbeat, ({ groupId, memberId, groupInstanceId, generationId }) => {
    const code = groups.find(groupId)?.heartbeat(memberId, groupInstanceId, generationId)
    return { throttleTimeMs: 0, errorCode: code ?? errorCode.unknownMemberId }
  })
}

function leaveRoute({ groups }: BrokerParts): Route {
  return route(leaveGroup, ({ groupId, memberId }) => {
    const code = groups.find(groupId)?.leave(memberId)
    groups.tidy(groupId)
    return { throttleTimeMs: 0, errorCode: code ?? errorCode.unknownMemberId }
  })
}
