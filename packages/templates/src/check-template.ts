import type { DeclaredVariable } from './render-template.ts'
import { parse } from './render-template.ts'
import type { TemplateOutput } from './template-engine.ts'
import { engines } from './template-engine.ts'

export interface TemplateFault {
  readonly kind: 'not_a_template' | 'variable_not_declared'
  readonly detail: string
}

/** What is wrong with a template, found when it is saved and not when it is first sent. Empty: nothing. */
export function checkTemplate(
  source: string,
  variables: readonly DeclaredVariable[],
  output: TemplateOutput = 'html',
): readonly TemplateFault[] {
  const parsed = parse(source, output)
  if ('problem' in parsed) return [{ kind: 'not_a_template', detail: parsed.problem.detail }]
  const used = engines[output].globalFullVariablesSync(parsed.template)
  return used
    .filter((path) => !variables.some(({ name }) => covers(name, path)))
    .map((path) => ({ kind: 'variable_not_declared', detail: path }))
}

/** A declared `order` allows `order.total` and `order[0]`; a declared `order.total` allows no other part of `order`. */
function covers(name: string, path: string) {
  return path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`)
}
