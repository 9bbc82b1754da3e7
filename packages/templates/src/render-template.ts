import type { Template } from 'liquidjs'
import { UndefinedVariableError } from 'liquidjs'
import type { TemplateOutput } from './template-engine.ts'
import { engines, NotTextError } from './template-engine.ts'

/** A variable that a template may use, such as `user.name`. Without a fallback the data must have it. */
export interface DeclaredVariable {
  readonly name: string
  readonly fallback?: string
}

export type TemplateProblem =
  | { readonly kind: 'not_a_template'; readonly detail: string }
  | { readonly kind: 'variable_missing'; readonly detail: string }
  | { readonly kind: 'limit_reached'; readonly detail: string }
  | { readonly kind: 'render_failed'; readonly detail: string }

export type TemplateResult = { readonly text: string } | { readonly problem: TemplateProblem }

export interface CompiledTemplate {
  render(data: Readonly<Record<string, unknown>>): TemplateResult
}

/** Compiled once, rendered often. The source comes from an operator; data is never compiled. */
export function compileTemplate(
  source: string,
  variables: readonly DeclaredVariable[],
  output: TemplateOutput,
): CompiledTemplate | { readonly problem: TemplateProblem } {
  const engine = engines[output]
  const parsed = parse(source, output)
  if ('problem' in parsed) return parsed
  return {
    render(data) {
      try {
        return { text: engine.renderSync(parsed.template, withFallbacks(data, variables)) }
      } catch (error) {
        return { problem: describeFailure(error) }
      }
    },
  }
}

export function renderTemplate(
  source: string,
  variables: readonly DeclaredVariable[],
  data: Readonly<Record<string, unknown>>,
  output: TemplateOutput,
): TemplateResult {
  const compiled = compileTemplate(source, variables, output)
  return 'problem' in compiled ? compiled : compiled.render(data)
}

export function parse(source: string, output: TemplateOutput): { template: Template[] } | { problem: TemplateProblem } {
  try {
    return { template: engines[output].parse(source) }
  } catch (error) {
    return { problem: { kind: 'not_a_template', detail: messageOf(error) } }
  }
}

function describeFailure(error: unknown): TemplateProblem {
  const detail = messageOf(error)
  const cause = error instanceof Error && 'originalError' in error ? error.originalError : undefined
  if (error instanceof UndefinedVariableError || cause instanceof NotTextError)
    return { kind: 'variable_missing', detail }
  return { kind: /limit exceeded/.test(detail) ? 'limit_reached' : 'render_failed', detail }
}

function messageOf(error: unknown) {
  return error instanceof Error ? error.message : String(error)
}

function withFallbacks(data: Readonly<Record<string, unknown>>, variables: readonly DeclaredVariable[]) {
  return variables.reduce<Readonly<Record<string, unknown>>>(
    (filled, { name, fallback }) => (fallback === undefined ? filled : fill(filled, name.split('.'), fallback)),
    data,
  )
}

/** A copy with the fallback at its path, where the data has nothing there; the caller's data stays as it is. */
function fill(data: Readonly<Record<string, unknown>>, [key = '', ...rest]: string[], fallback: string): typeof data {
  const value = Object.hasOwn(data, key) ? data[key] : undefined
  if (rest.length === 0) return value === undefined || value === null ? { ...data, [key]: fallback } : data
  if (value === undefined || value === null) return { ...data, [key]: fill({}, rest, fallback) }
  return isRecord(value) ? { ...data, [key]: fill(value, rest, fallback) } : data
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
