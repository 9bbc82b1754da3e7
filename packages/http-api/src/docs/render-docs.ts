import { html, raw } from 'hono/html'
import { describeKind, listShownFields, type ShownSchema } from './describe-schema.ts'
import { DOCS_STYLE } from './page-style.ts'

/** The two documents as a page for people. It knows no route and no topic by name. */

type Content = Readonly<Record<string, { readonly schema?: ShownSchema; readonly example?: unknown }>>

interface ShownOperation {
  readonly summary?: string
  readonly description?: string
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
  readonly 'x-people'?: string
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly schema: ShownSchema
  }[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>
}

export interface ShownApi {
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, ShownOperation>>>>
}

export interface ShownTopics {
  readonly channels: Readonly<
    Record<
      string,
      { readonly address: string; readonly description?: string; readonly messages: Readonly<Record<string, unknown>> }
    >
  >
  readonly components: {
    readonly messages: Readonly<Record<string, { readonly summary: string; readonly payload?: ShownSchema }>>
  }
}

interface Listed {
  readonly path: string
  readonly method: string
  readonly operation: ShownOperation
}

export async function renderDocs(api: ShownApi, topics: ShownTopics): Promise<string> {
  const groups = groupOperations(api)
  return `${await html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${api.info.title} API</title><style>${raw(DOCS_STYLE)}</style></head><body>
<nav aria-label="Contents"><a class="skip" href="#start">To the content</a><strong>${api.info.title}</strong><ul>
<li><a href="#start">Start here</a></li>
${groups.map(({ name }) => html`<li><a href="#${name}">${titleOf(name)}</a></li>`)}
<li><a href="#kafka">Kafka topics</a></li></ul></nav>
<main id="start">${renderStart(api)}
${groups.map(({ name, operations }) => html`<section aria-labelledby="${name}"><h2 id="${name}">${titleOf(name)}</h2>${operations.map(renderOperation)}</section>`)}
<section aria-labelledby="kafka"><h2 id="kafka">Kafka topics</h2><p>The same events over Kafka, and what the fleet tells back.</p>
${Object.values(topics.channels).map((channel) => renderChannel(channel, topics))}</section>
</main></body></html>`}`
}

function renderStart({ info }: ShownApi) {
  return html`<h1>${info.title} API</h1>
<p class="lead">Notifications: accepted once durable, followed to their end. Version ${info.version}.</p>
<p>Machine-readable: <a href="/openapi.json">OpenAPI 3.1</a> and <a href="/asyncapi.json">AsyncAPI 3</a>.</p>
<h3>Sign in</h3><p>Send <code>Authorization: Bearer …</code> with an API key of a service, or with the token of a person. The tenant comes from
it. What each call needs stands beside it; with an API key, calls that concern one person need <code>userId</code>.</p>
<h3>Errors</h3><p>Every error is <code>application/problem+json</code> with a stable <code>code</code> and a list of everything that is wrong.
What is not yours is answered with 404.</p>
<h3>Repeat safely</h3><p>Send an <code>Idempotency-Key</code> with what you post. For 48 hours the same key is the same event; with another body
it is answered with 409.</p>
<h3>Pages</h3><p>Pass <code>nextCursor</code> on as <code>cursor</code> with the same filters. Null is the end.</p>`
}

function groupOperations({ paths }: ShownApi): { name: string; operations: Listed[] }[] {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
  const groups = Map.groupBy(all, ({ path }) => /^\/api\/([^/]+)/.exec(path)?.[1] ?? 'other')
  return [...groups].map(([name, operations]) => ({ name, operations }))
}

function titleOf(name: string): string {
  const words = name.replaceAll('-', ' ')
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}

function renderOperation({ path, method, operation }: Listed) {
  const scope = operation.security?.flatMap((one) => Object.values(one).flat())[0]
  const forPeople = operation['x-people'] === 'own' ? '; people need none for what is their own' : ''
  return html`<details><summary><span class="verb ${method}">${method}</span><code>${path}</code>
<span class="said">${operation.summary ?? ''}</span></summary><div class="inside">
<p>${operation.description ?? ''}</p>
<p><span class="scope">${scope === undefined ? 'open to everybody' : `scope ${scope}${forPeople}`}</span></p>
${renderParameters(operation)}${renderBody(operation)}${renderAnswers(operation)}</div></details>`
}

function renderParameters({ parameters = [] }: ShownOperation) {
  if (parameters.length === 0) return ''
  return html`<h3>Parameters</h3><table><thead><tr><th>Name</th><th>In</th><th>What</th></tr></thead><tbody>
${parameters.map((one) => html`<tr><td><code>${one.name}</code></td><td>${one.in}${one.required ? ', needed' : ''}</td><td>${describeKind(one.schema)}</td></tr>`)}
</tbody></table>`
}

function renderBody({ requestBody }: ShownOperation) {
  const content = requestBody?.content['application/json']
  if (!content?.schema) return ''
  const example =
    content.example === undefined
      ? ''
      : html`<h3>Example</h3><pre tabindex="0">${JSON.stringify(content.example, null, 2)}</pre>`
  return html`<h3>Body</h3>${renderFields(content.schema)}${example}`
}

function renderFields(schema: ShownSchema) {
  const fields = listShownFields(schema)
  if (fields.length === 0) return html`<p>${describeKind(schema)}</p>`
  return html`<table><thead><tr><th>Field</th><th>What</th></tr></thead><tbody>
${fields.map(({ name, isRequired, kind }) => html`<tr><td><code>${name}</code>${isRequired ? ' needed' : ''}</td><td>${kind}</td></tr>`)}
</tbody></table>`
}

function renderAnswers({ responses }: ShownOperation) {
  const [found] = Object.entries(responses).filter(([status]) => status.startsWith('2'))
  const schema = found?.[1].content?.['application/json']?.schema
  return html`<h3>Answers</h3><table><tbody>
${Object.entries(responses).map(([status, { description }]) => html`<tr><td><code>${status}</code></td><td>${description}</td></tr>`)}
</tbody></table>${schema && found ? html`<h3>Body of ${found[0]}</h3>${renderFields(schema)}` : ''}`
}

function renderChannel(
  { address, description = '', messages }: ShownTopics['channels'][string],
  { components }: ShownTopics,
) {
  const shown = Object.keys(messages).flatMap((name) => {
    const message = components.messages[name]
    return message ? [{ name, ...message }] : []
  })
  return html`<details><summary><span class="verb TOPIC">TOPIC</span><code>${address}</code>
<span class="said">${shown.map(({ name }) => name).join(', ')}</span></summary><div class="inside"><p>${description}</p>
${shown.map(({ name, summary, payload }) => html`<h3>${name}</h3><p>${summary}</p>${payload ? renderFields(payload) : ''}`)}</div></details>`
}
