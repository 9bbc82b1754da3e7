import { DECISION_CODES } from '../src/decision-codes.ts'

export const PAGE_URL = new URL('../../../docs/decision-codes.md', import.meta.url)

/** Write the page anew with `bun packages/planning/test/decision-codes-page.ts`. */
export function renderDecisionCodesPage(): string {
  const rows = Object.entries(DECISION_CODES).map(([code, sentence]) => `| \`${code}\` | ${sentence} |`)
  return [
    '# Reason codes of planning',
    '',
    'Each decision about a notification leaves a code, sent or not. `GET /api/notifications/:id/explain` says them in',
    'these words; a delivery that ended SUPPRESSED or EXPIRED at planning carries its code as `reason`. A code never',
    'changes its meaning. This page is made from `packages/planning/src/decision-codes.ts`.',
    '',
    '| code | what it means |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

if (import.meta.main) await Bun.write(PAGE_URL, renderDecisionCodesPage())
