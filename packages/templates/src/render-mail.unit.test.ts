import { describe, expect, it } from 'vitest'
import { type MailContent, renderMail } from './render-mail.ts'

const base = 'https://app.acme.test/'
const render = (content: Partial<MailContent>) =>
  renderMail({ title: 'Invoice paid', message: 'Thank you.', ...content })

describe('a literal message is plain text', () => {
  it('its markup is shown, not obeyed', () => {
    const { html, text } = render({ title: '<b>T</b>', message: '<script>alert("1")</script> & \'x\'' })
    expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;')
    expect(html).toContain('&lt;b&gt;T&lt;/b&gt;')
    expect(html).not.toContain('<script')
    expect(text).toContain('<script>alert("1")</script> & \'x\'')
  })

  it('blank lines part paragraphs and single ones break the line', () => {
    const { html } = render({ message: 'one\r\ntwo\n\n\nthree\u2028four' })
    expect(html).toMatch(/<p style="[^"]*">one<br>two<\/p><p style="[^"]*">three<br>four<\/p>/)
  })

  it.each([
    ['See https://x.test/a?b=1&c=2.', 'https://x.test/a?b=1&amp;c=2', '</a>.'],
    ['(https://x.test/a)', 'https://x.test/a', '</a>)'],
    ['https://x.test/"onclick=alert(1)', 'https://x.test/', '</a>&quot;onclick'],
  ])('an https address becomes a link: %s', (message, href, rest) => {
    const { html } = render({ message })
    expect(html).toContain(`href="${href}" rel="noopener"`)
    expect(html).toContain(rest)
  })

  it.each(['http://x.test', 'javascript:alert(1)', 'https://user:pass@evil.test/', '//evil.test', 'HTTPS:evil'])(
    '%s does not become a link',
    (message) => {
      expect(render({ message }).html).not.toContain('<a ')
    },
  )

  it('control characters are left out', () => {
    const { html, text } = render({ message: 'a\u0000b\u001bc\ud83c\udf89' })
    expect(html).toContain('abc🎉')
    expect(text).toContain('abc🎉')
  })
})

describe('the subject', () => {
  it.each([
    ['Hello\r\nBcc: eve@evil.test', 'Hello Bcc: eve@evil.test'],
    ['a\u2028b\u2029c\u0085d\u0000e', 'a b c d e'],
    ['  paid\u202exe.fdp ', 'paidxe.fdp'],
  ])('%j stays on one line', (title, subject) => {
    expect(render({ title }).subject).toBe(subject)
  })

  it('is cut from the message when there is no title, and never tears an emoji', () => {
    const { subject } = render({ title: '', message: `${'x'.repeat(76)}👩‍👩‍👧 tail` })
    expect(subject).toBe(`${'x'.repeat(76)}…`)
    expect(render({ title: ' ', message: '', brand: { name: 'Acme' } }).subject).toBe('Acme')
  })
})

describe('the action', () => {
  it.each([
    ['https://x.test/a', undefined, 'https://x.test/a'],
    ['/invoices/42', base, 'https://app.acme.test/invoices/42'],
    ['invoices?x=1', 'https://app.acme.test/base', 'https://app.acme.test/base/invoices?x=1'],
    ['/a"><script>', base, 'https://app.acme.test/a%22%3E%3Cscript%3E'],
  ])('%s leads where it says', (actionUrl, publicBaseUrl, href) => {
    const { html, text } = render({ actionUrl, actionText: 'Look', ...(publicBaseUrl && { publicBaseUrl }) })
    expect(html).toContain(`href="${href}"`)
    expect(text).toContain(`Look: ${href}`)
  })

  it.each([
    ['/invoices/42', undefined],
    ['http://x.test/', base],
    ['javascript:alert(1)', base],
    ['JaVaScript:alert(1)', base],
    ['java\nscript:alert(1)', base],
    ['data:text/html,x', base],
    ['//evil.test/', base],
    ['/\\evil.test/', base],
    ['\\\\evil.test/', base],
    ['https://acme.test@evil.test/', base],
    ['', base],
  ])('%j is dropped', (actionUrl, publicBaseUrl) => {
    const { html, text } = render({ actionUrl, actionText: 'Look', ...(publicBaseUrl && { publicBaseUrl }) })
    expect(html).not.toContain('Look')
    expect(text).not.toContain('Look')
  })
})

describe('a body from a template', () => {
  it('is sanitised first and styled afterwards', () => {
    const { html, text } = render({ html: '<h2 style="color:red">Hi</h2><p>one</p><script>x()</script>' })
    expect(html).toMatch(/<h2 style="margin[^"]*">Hi<\/h2><p style="margin/)
    expect(html).not.toContain('color:red')
    expect(html).not.toContain('x()')
    expect(text).toContain('Hi\n\none')
    expect(text).not.toContain('Thank you.')
  })

  it('has its links written out in the text part, and its images left out', () => {
    const html =
      '<p><a href="https://x.test/a">read</a> <a href="https://x.test/b">https://x.test/b</a></p><img src="https://x.test/i.png" alt="a picture">'
    const { text } = render({ html })
    expect(text).toContain('read [https://x.test/a] https://x.test/b')
    expect(text).not.toContain('i.png')
  })
})

describe('the layout', () => {
  it('shows brand, footer and a way out, and nothing of them is markup', () => {
    const brand = { name: 'A&B <x>', footer: 'Main <street>\nTown', unsubscribeText: 'Abmelden' }
    const { html, text } = render({ brand, unsubscribeUrl: 'https://x.test/u?a=1&b="' })
    expect(html).toContain('A&amp;B &lt;x&gt;')
    expect(html).toContain('Main &lt;street&gt;<br>Town')
    expect(html).toContain('href="https://x.test/u?a=1&amp;b=%22"')
    expect(text).toContain('Main <street>\nTown\nAbmelden: https://x.test/u')
  })

  it('takes a colour only when it is one, and a script direction from the locale', () => {
    expect(render({ brand: { name: 'A', color: '#ff8800' }, actionUrl: 'https://x.test' }).html).toContain(
      'background:#ff8800',
    )
    const { html } = render({ brand: { name: 'A', color: '#fff;background:url(//evil)' }, locale: 'ar-EG' })
    expect(html).not.toContain('evil')
    expect(html).toContain('<html lang="ar-EG" dir="rtl"')
    expect(render({ locale: '"><script>' }).html).toContain('<html lang="en" dir="ltr"')
  })

  it('gives the mailbox a preview of the message', () => {
    expect(render({ message: 'Preview & more' }).html).toMatch(/display:none[^>]*>Preview &amp; more&#8199;/)
  })
})
