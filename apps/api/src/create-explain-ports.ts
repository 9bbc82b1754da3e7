import type { Backbone } from '@carillon/backbone'
import type { ExplainPorts } from '@carillon/http-api'
import type { DescribeVendorReason } from '@carillon/planning'
import type { FanoutPolicy } from '@carillon/routing'
import { createExplainStore, createRoutingStore, createTemplateStore, type ReadEventTime } from '@carillon/store'
import { createTemplateCatalogue } from '@carillon/templates'

export function createExplainPorts(
  { pool, announce }: Pick<Backbone, 'pool' | 'announce'>,
  readEventTime: ReadEventTime,
  policy: FanoutPolicy,
): ExplainPorts {
  const { loadFacts } = createRoutingStore({ pool, announce })
  return {
    readExplanation: createExplainStore({ pool, readEventTime }).readExplanation,
    loadVendorReasons,
    simulation: { loadFacts, policy, templates: createTemplateCatalogue(createTemplateStore({ pool })) },
  }
}

/** Their code is loaded when somebody asks. */
async function loadVendorReasons(): Promise<DescribeVendorReason> {
  const [{ emailReasons }, { pushReasons }, { smsReasons }] = await Promise.all([
    import('@carillon/channel-email'),
    import('@carillon/channel-push'),
    import('@carillon/channel-sms'),
  ])
  const reasons = new Map<string, string>(
    [emailReasons, pushReasons, smsReasons].flatMap((all) => Object.entries<string>(all)),
  )
  return (code) => reasons.get(code)
}
