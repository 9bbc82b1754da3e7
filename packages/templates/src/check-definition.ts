import type { Problem, TemplateDefinition } from '@carillon/contracts'
import { checkTemplate } from './check-template.ts'
import { type DeclaredVariable, declareVariables } from './declare-variables.ts'
import { SLOTS } from './template-slots.ts'

/** Everything that is wrong with a template of the right shape: what does not parse, and what nobody declared. */
export function checkDefinition(definition: TemplateDefinition): readonly Problem[] {
  const variables = declareVariables(definition)
  return Object.entries(definition.locales).flatMap(([locale, texts]) =>
    SLOTS.flatMap(({ name, output, read }) => {
      const source = read(texts)
      return source === undefined ? [] : checkSource(`locales.${locale}.${name}`, source, variables, output)
    }),
  )
}

function checkSource(
  path: string,
  source: string,
  variables: readonly DeclaredVariable[],
  output: 'html' | 'text',
): readonly Problem[] {
  return checkTemplate(source, variables, output).map(({ kind, detail }) => ({
    path,
    message: kind === 'not_a_template' ? `is not a template: ${detail}` : `uses ${detail}, which is not declared`,
  }))
}
