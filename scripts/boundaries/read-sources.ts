export type SourceFile = { path: string; text: string }

export type Import = {
  line: number
  specifier: string
  /** Nothing of it is there when it runs. */
  isTypeOnly: boolean
}

// Blanks comments out and keeps every line where it was. Strings are matched first, so that // in a URL is none.
export function blankComments(text: string): string {
  return text.replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (match) =>
    match.startsWith('/') ? match.replace(/[^\n]/g, ' ') : match,
  )
}

export function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

const importPattern =
  /(?:^|[\s;])(?:import|export)\b(?:[\w\s{},*$]*?\bfrom\b)?\s*['"]([^'"\n]+)['"]|\b(?:import|require)\s*\(\s*['"]([^'"\n]+)['"]/g

// `import { type Port }` still loads its module.
const typeOnly = /^[\s;]*(?:import|export)\s+type\s+(?!from\s*['"])/

export function findImports(code: string): Import[] {
  return [...code.matchAll(importPattern)].map((match) => {
    const specifier = match[1] ?? match[2] ?? ''
    const line = lineOf(code, match.index + match[0].lastIndexOf(specifier))
    return { line, specifier, isTypeOnly: typeOnly.test(match[0]) }
  })
}
