import { z } from 'zod'
import type { Counts } from '../counts.ts'

const reportSchema = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
})

// A file that could not be loaded has no tests to fail, and an error outside every test fails none of them: each
// counts as one failure, so that the last line never says 0 failed of a run that failed.
export function countReport(report: unknown, exitCode: number): Counts {
  const { testResults } = reportSchema.parse(report)
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  for (const file of testResults) {
    const failedBefore = counts.failed
    for (const { status } of file.assertionResults) {
      if (status === 'passed') counts.passed++
      else if (status === 'failed') counts.failed++
      else counts.skipped++
    }
    if (file.status === 'failed' && counts.failed === failedBefore) counts.failed++
  }
  if (exitCode !== 0 && counts.failed === 0) counts.failed++
  return counts
}
