import { inEnglish, NAMED, OF_AMOUNT, ORDER } from './in-english.ts'

const { orderNumber, amount } = NAMED
const reason = { name: 'reason', fallback: '', sample: 'the card has expired' }
const FOR_ORDER = '{% if orderNumber != "" %} for order {{ orderNumber }}{% endif %}'
const BECAUSE = '{% if reason != "" %}: {{ reason }}{% endif %}'

export const PAYMENT_TEMPLATES = {
  PAYMENT_RECEIVED: inEnglish('Money arrived', [orderNumber, amount], {
    title: 'Payment received',
    message: `We have received your payment${OF_AMOUNT}${FOR_ORDER}. Thank you!`,
  }),
  PAYMENT_CAPTURED: inEnglish('A payment was captured', [orderNumber, amount], {
    title: `Payment for order${ORDER} captured`,
    message: `Your payment${OF_AMOUNT}${FOR_ORDER} went through.`,
  }),
  PAYMENT_FAILED: inEnglish('A payment did not go through', [orderNumber, amount, reason], {
    title: 'Payment failed',
    message: `Your payment${OF_AMOUNT}${FOR_ORDER} did not go through${BECAUSE}. Please check how you pay and try again.`,
    sms: { text: `Your payment${OF_AMOUNT}${FOR_ORDER} did not go through${BECAUSE}. Please try again.` },
  }),
}
