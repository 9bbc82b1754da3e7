import { inEnglish, NAMED } from './in-english.ts'

const { customerName, farmName, shopName } = NAMED
const code = { name: 'code', sample: '482913' }
const expiresInMinutes = { name: 'expiresInMinutes', fallback: '10', sample: '10' }
const reason = { name: 'reason', fallback: '', sample: 'a photo is missing' }
const resetUrl = { name: 'resetUrl', sample: 'https://shop.example.com/reset/4f1c' }
const AT_SHOP = '{% if shopName != "" %} at {{ shopName }}{% endif %}'
const NAME = '{% if customerName != "" %}, {{ customerName }}{% endif %}'

export const ACCOUNT_TEMPLATES = {
  WELCOME: inEnglish('Somebody signed up', [customerName, shopName], {
    title: `Welcome${NAME}!`,
    message: `Your account${AT_SHOP} is ready. Good to have you here.`,
    sms: { text: `Welcome${NAME}! Your account${AT_SHOP} is ready.` },
  }),
  // The code comes first: phones show the beginning of a message on the lock screen.
  VERIFICATION_CODE: inEnglish('A code that proves who somebody is', [code, expiresInMinutes], {
    title: 'Your verification code',
    message: '{{ code }} is your verification code. It is valid for {{ expiresInMinutes }} minutes. Tell it to nobody.',
    email: {
      subject: 'Your verification code',
      html: '<p>Your verification code is</p><h1>{{ code }}</h1><p>It is valid for {{ expiresInMinutes }} minutes. Tell it to nobody; we never ask for it.</p>',
      text: 'Your verification code is {{ code }}\n\nIt is valid for {{ expiresInMinutes }} minutes. Tell it to nobody; we never ask for it.',
    },
    sms: { text: '{{ code }} is your verification code, valid for {{ expiresInMinutes }} minutes. Tell it to nobody.' },
  }),
  PASSWORD_RESET: inEnglish('A link to choose a new password', [resetUrl, expiresInMinutes], {
    title: 'Choose a new password',
    message:
      'Choose a new password here: {{ resetUrl }}\n\nThe link is valid for {{ expiresInMinutes }} minutes. If you did not ask for it, do nothing: your password stays as it is.',
    email: {
      html: '<p>Somebody, hopefully you, asked for a new password.</p><p><a href="{{ resetUrl }}">Choose a new password</a></p><p>The link is valid for {{ expiresInMinutes }} minutes. If you did not ask for it, do nothing: your password stays as it is.</p>',
    },
    sms: { text: 'Choose a new password: {{ resetUrl }}', segmentsMax: 2 },
  }),
  FARM_APPROVED: inEnglish('A farm may sell now', [farmName], {
    title: '{{ farmName }} is approved',
    message: '{{ farmName }} is approved. You can offer your products now.',
  }),
  FARM_REJECTED: inEnglish('A farm was not approved', [farmName, reason], {
    title: '{{ farmName }} was not approved',
    message:
      '{{ farmName }} could not be approved{% if reason != "" %}: {{ reason }}{% endif %}. You can change your entry and send it again.',
    sms: {
      text: '{{ farmName }} could not be approved{% if reason != "" %}: {{ reason }}{% endif %}.',
      segmentsMax: 2,
    },
  }),
}
