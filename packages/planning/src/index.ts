export {
  type ChannelChoice,
  decideChannel,
} from './decide-channel.ts'
export { isLadder } from './decide-ladder.ts'
export { decidePreference, isChannelWanted, type PreferenceChoice, type PreferenceInput } from './decide-preference.ts'
export { decideWhen, type When, type WhenInput } from './decide-when.ts'
export { DECISION_CODES, type DecisionCode, explainDecision, isDecisionCode } from './decision-codes.ts'
export { explainNotification } from './explain/explain-notification.ts'
export { type DescribeVendorReason, explainReason, explainStatus } from './explain/explain-reason.ts'
export type { ExplainedRows } from './explain/explained-rows.ts'
export { suggestChange } from './explain/suggest-change.ts'
export * from './plan.ts'
export { planNotification } from './plan-notification.ts'
export { isTimeZone } from './time-zone.ts'
