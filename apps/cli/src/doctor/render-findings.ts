import { styleText } from 'node:util'
import type { Finding } from './finding.ts'

const marks = {
  well: styleText('green', '✓'),
  'not used': styleText('dim', '–'),
  'worth a look': styleText('yellow', '!'),
  broken: styleText('red', '✗'),
}

export function renderFindings(findings: readonly Finding[]): string {
  return `${findings.map(renderFinding).join('')}${renderSummary(findings)}\n`
}

function renderFinding(finding: Finding): string {
  const line = `${marks[finding.state]} ${finding.name.padEnd(10)}${finding.detail}\n`
  if (!('cure' in finding)) return line
  return `${line}            ${styleText('dim', 'cause')}  ${finding.cause}\n            ${styleText('dim', 'cure')}   ${finding.cure}\n`
}

function renderSummary(findings: readonly Finding[]): string {
  const broken = findings.filter(({ state }) => state === 'broken').map(({ name }) => name)
  if (broken.length > 0) return styleText('red', `Broken: ${broken.join(', ')}.`)
  return styleText('green', 'Everything that the fleet needs is there.')
}
