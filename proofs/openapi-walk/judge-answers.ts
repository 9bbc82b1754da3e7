import { Ajv2020 } from 'ajv/dist/2020.js'
import { nameOf, type OpenApiDocument, type Operation } from './read-operations.ts'

export interface WalkedAnswer {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

export type JudgeAnswer = (operation: Operation, answer: WalkedAnswer) => string | undefined

/** What is wrong with an answer, by the document alone. */
export function createJudge(document: OpenApiDocument, marks: readonly string[]): JudgeAnswer {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema({ $id: 'https://carillon.test/openapi', ...document })
  return function judgeAnswer(operation, { status, contentType, text }) {
    const documented = operation.responses[status]
    // A 503 may say what it found, where the document says so: the health of a queue, for one.
    if (status >= 500 && !isHealth(operation)) return `answered ${status}: ${text.slice(0, 200)}`
    const leaked = marks.find((mark) => text.includes(mark))
    if (leaked !== undefined) return `shows what is another tenant's: ${leaked}`
    if (documented === undefined) return `answered ${status}, which is not documented`
    const type = contentType.split(';')[0] ?? ''
    const content = documented.content?.[type]
    if (content === undefined)
      return documented.content ? `answered ${status} as ${type}, which is not documented` : undefined
    if (!type.endsWith('json') || content.schema === undefined) return undefined
    const pointer = [
      'paths',
      operation.path,
      operation.method.toLowerCase(),
      'responses',
      String(status),
      'content',
      type,
    ]
    const $ref = `https://carillon.test/openapi#/${[...pointer, 'schema'].map(escapePointer).join('/')}`
    const validate = ajv.getSchema($ref) ?? ajv.compile({ $ref })
    const isValid = validate(JSON.parse(text))
    return isValid ? undefined : `${nameOf(operation)} ${status}: ${ajv.errorsText(validate.errors)}`
  }
}

function isHealth({ path }: Operation): boolean {
  return path.startsWith('/health') || path === '/readyz'
}

function escapePointer(key: string): string {
  return encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1'))
}
