/** What the collection of naughty-strings.json has not: texts that break what this fleet is made of. */
export const NAUGHTY_TEXTS: readonly string[] = [
  ...['then', 'toString', 'valueOf', '__proto__', 'constructor', 'prototype', '__defineGetter__', 'length'],
  ...['-9223372036854775808', '123456789012345678901234567890', '{"a":1}', '[]', '\\u0000', '\\ud800', '\\n', '\\x'],
  // The mail: its protocol, its headers, its markup.
  ...[
    'EHLO',
    'DATA',
    '..',
    'SUBJECT: x',
    'BEGIN:VCARD',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '</style>',
    '&lt;script&gt;',
  ],
  ...[
    '<script>alert(1)</script>',
    '"><svg onload=alert(1)>',
    '<iframe src=//x>',
    '<a href="java&#x09;script:alert(1)">x</a>',
  ],
  ...['<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>', '//example.com', 'a@b'],
  // The statements and the templates.
  ...["E'\\\\'", '$$', '$1', '$tag$x$tag$', ';', '/*', '*/', '%n', '%s%s%s', '`', '`ls`', '$(touch x)', '| cat', '-rf'],
  ...['{{7*7}}', '$\u007b7*7}', '#{7*7}', '<%= 7*7 %>', '{% raw %}', '{{ "x" | upcase }}', '../../etc/passwd', '~'],
  // What changes when it is compared, folded, normalised or cut.
  ...['Ⱥ', 'Ⱦ', 'ǅ', 'İıſß', 'e\u0301', '\u00e9', 'ﬀ', 'Å', '\u212b', '\u1e9b\u0323', 'a\u0300\u0301\u0302\u0303'],
  ...[
    '\u{1f600}\u{1f3ff}',
    '👨‍🦰 👨🏿‍🦰',
    '🇺🇸🇷🇺🇸',
    '𝐓𝐡𝐞 𝐪𝐮𝐢𝐜𝐤',
    '\u{e0001}',
    '\u{10ffff}',
    '\ue000',
    '\uffff',
    '\ufdd0',
    '\ufffe',
  ],
  ...['\u202etest\u202e', '\u202btest', '\u200c\u200d', '\u00ad', '\u2060', '\u00a0', ' leading', 'trailing ', '  '],
  ...['\t', 'a\tb', 'a\u0001b', 'a\u001bb', 'a\u007fb', 'a\u0080b', 'a\u009fb'],
  ...['x'.repeat(200), '='.repeat(200), '😀'.repeat(60), '\u0301'.repeat(100), 'ﷺ'.repeat(100)],
]

/** May stand in the text of a message, where more than one line is allowed, and in no header. */
export const NAUGHTY_LINES: readonly string[] = [
  ...['a\nb', 'a\r\nb', 'a\rb', '\n', '\n\n\n', '\r\n.\r\n', 'a\r\nBcc: x@y.example'],
  ...['a\u2028b', 'a\u2029b', 'a\u0085b', 'a\u000bb', 'a\u000cb'],
]

/** Can rest neither in Postgres nor in UTF-8. */
export const IMPOSSIBLE_TEXTS: readonly string[] = ['\u0000', 'a\u0000b', '\ud800', 'a\udc00', '\udc00\ud800', '\ud83d']
