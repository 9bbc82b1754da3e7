import { describe, expect, it } from 'vitest'
import { formatCounts } from '../counts.ts'
import { countReport } from './count-report.ts'

function report(...files: { status: string; tests: string[] }[]) {
  const testResults = files.map(({ status, tests }, index) => ({
    name: `${index}.unit.test.ts`,
    status,
    assertionResults: tests.map((test) => ({ status: test })),
  }))
  return { success: true, testResults }
}

describe('what a test run counts', () => {
  it('counts every test once', () => {
    const counts = countReport(
      report(
        { status: 'failed', tests: ['passed', 'failed', 'skipped'] },
        { status: 'passed', tests: ['passed', 'todo'] },
      ),
      1,
    )
    expect(formatCounts(counts)).toBe('2 passed, 1 failed, 2 skipped')
  })

  it('counts a file that could not be loaded as failed', () => {
    const counts = countReport(report({ status: 'failed', tests: [] }, { status: 'passed', tests: ['passed'] }), 1)
    expect(formatCounts(counts)).toBe('1 passed, 1 failed')
  })

  it('never says 0 failed of a run that failed', () => {
    expect(countReport(report({ status: 'passed', tests: ['passed'] }), 1)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    })
  })

  it('refuses a report it does not know', () => {
    expect(() => countReport({ tests: 3 }, 0)).toThrow()
  })
})
