import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { PAGE_URL, renderDecisionCodesPage } from './decision-codes-page.ts'

test('docs/decision-codes.md says what the fleet says', async () => {
  expect(await readFile(PAGE_URL, 'utf8')).toBe(renderDecisionCodesPage())
})
