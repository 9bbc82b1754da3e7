import type { BrokerParts } from '../broker-parts.ts'
import type { Route } from '../server/routes.ts'
import { apiVersionsRoute, metadataRoute } from './cluster.ts'
import { configRoutes } from './configs.ts'
import { fetchRoute } from './fetch.ts'
import { groupAdminRoutes } from './group-admin.ts'
import { groupMembershipRoutes } from './group-membership.ts'
import { groupOffsetsRoutes } from './group-offsets.ts'
import { listOffsetsRoute } from './list-offsets.ts'
import { logAdminRoutes } from './log-admin.ts'
import { initProducerIdRoute, produceRoute } from './produce.ts'
import { topicAdminRoutes } from './topic-admin.ts'

// Everything that this broker answers; ApiVersions is read off this list.
export function createRoutes(parts: BrokerParts): Route[] {
  const routes: Route[] = [
    produceRoute(parts),
    fetchRoute(parts),
    listOffsetsRoute(parts),
    metadataRoute(parts),
    ...groupOffsetsRoutes(parts),
    ...groupMembershipRoutes(parts),
    ...groupAdminRoutes(parts),
    apiVersionsRoute(() => routes),
    ...topicAdminRoutes(parts),
    ...logAdminRoutes(parts),
    initProducerIdRoute(parts),
    ...configRoutes(parts),
  ]
  return routes.sort((one, other) => one.key - other.key)
}
