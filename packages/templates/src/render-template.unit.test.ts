import { describe, expect, it } from 'vitest'
import { checkTemplate } from './check-template.ts'
import { fallbackLocales } from './locale.ts'
import { renderTemplate } from './render-template.ts'

const variables = [{ name: 'user.name', fallback: 'you' }, { name: 'n' }, { name: 'order' }]
const render = (source: string, data: Record<string, unknown> = {}, output: 'html' | 'text' = 'html') =>
  renderTemplate(source, variables, data, output)
const problemOf = (result: ReturnType<typeof render>) => ('problem' in result ? result.problem.kind : result.text)

describe('a template', () => {
  it('puts values in, escaped in html and as they are in text', () => {
    const data = { n: '<b>Tom & "Jerry"</b>' }
    expect(render('Hi {{ n }}', data)).toEqual({ text: 'Hi &lt;b&gt;Tom &amp; &quot;Jerry&quot;&lt;/b&gt;' })
    expect(render('Hi {{ n }}', data, 'text')).toEqual({ text: 'Hi <b>Tom & "Jerry"</b>' })
    expect(
      render('{% for line in order.lines %}{{ line.q }};{% endfor %}', { order: { lines: [{ q: 1 }, { q: 2 }] } }),
    ).toEqual({
      text: '1;2;',
    })
  })

  it('never compiles data as a template', () => {
    expect(render('{{ n }}', { n: '{{ user.name }}{% include "x" %}' }, 'text')).toEqual({
      text: '{{ user.name }}{% include "x" %}',
    })
  })

  it.each([
    ['absent', {}],
    ['null', { user: { name: null } }],
    ['without its parent', { user: null }],
  ])('uses the declared fallback for a variable that is %s', (_name, data) => {
    expect(render('Hi {{ user.name }}', data)).toEqual({ text: 'Hi you' })
  })

  it.each([
    ['{{ n }}', {}],
    ['{{ n }}', { n: null }],
    ['{{ n }}', { n: {} }],
    ['{{ order.total }}', { order: {} }],
    ['{{ nobody }}', {}],
    ['{{ n.constructor }}', { n: {} }],
    ['{{ n.__proto__ }}', { n: {} }],
    ['{{ constructor.name }}', {}],
    ['{{ order.toString }}', { order: {} }],
  ])('%s without a text for it is a problem, never undefined', (source, data) => {
    expect(problemOf(render(source, data))).toBe('variable_missing')
  })

  it('may ask whether a variable is there', () => {
    expect(render('{% if n %}a{% else %}b{% endif %}')).toEqual({ text: 'b' })
    expect(render('{{ n | default: "c" }}')).toEqual({ text: 'c' })
  })

  it.each([
    '{% include "a" %}',
    '{% render "a" %}',
    '{% layout "a" %}',
    '{% block a %}{% endblock %}',
    '{{ n | raw }}',
    '{{ n | date: "%Y" }}',
    '{{ n | where_exp: "x", "x" }}',
    '{{ n | nope }}',
    '{% if %}',
    '{{',
    'x'.repeat(100_001),
  ])('%.20s is no template of ours', (source) => {
    expect(problemOf(render(source, { n: 'x' }))).toBe('not_a_template')
    expect(checkTemplate(source, variables)).toMatchObject([{ kind: 'not_a_template' }])
  })

  it('ends within its limits', () => {
    const startedAt = performance.now()
    expect(problemOf(render('{% for i in (1..100000000) %}x{% endfor %}'))).toBe('limit_reached')
    const loop = '{% for a in order %}{% for b in order %}{% for c in order %}x{% endfor %}{% endfor %}{% endfor %}'
    expect(problemOf(render(loop, { order: Array.from({ length: 2_000 }, () => 1) }))).toBe('limit_reached')
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })

  it('is checked when it is saved: every variable must be declared', () => {
    const source =
      '{{ user.name }} {{ user.mail }} {% assign q = 1 %}{{ q }} {% for l in order.lines %}{{ l.x }}{% endfor %}{{ other }}'
    expect(checkTemplate(source, variables)).toEqual([
      { kind: 'variable_not_declared', detail: 'user.mail' },
      { kind: 'variable_not_declared', detail: 'other' },
    ])
    expect(checkTemplate('Hi {{ user.name }}', variables)).toEqual([])
  })
})

describe('locales', () => {
  it.each([
    ['pt-BR', ['pt-BR', 'pt', 'en']],
    ['zh-Hant-TW', ['zh-Hant-TW', 'zh-Hant', 'zh', 'en']],
    ['en_us', ['en-US', 'en']],
    ['no such locale', ['en']],
    [undefined, ['en']],
  ])('%s falls back to %j', (locale, chain) => {
    expect(fallbackLocales(locale)).toEqual(chain)
  })
})
