import { styleText } from 'node:util'

/** Columns as wide as they need to be; the last one may be as long as it likes. */
export function renderTable(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = names.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)))
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === names.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ')
  return [styleText('dim', line(names)), ...rows.map(line)].map((text) => `${text.trimEnd()}\n`).join('')
}

/** To the minute, as people write it. */
export function renderTime(instant: string | null): string {
  return instant === null ? '' : instant.slice(0, 16).replace('T', ' ')
}
