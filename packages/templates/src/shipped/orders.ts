import { inEnglish, NAMED, OF_AMOUNT, ORDER } from './in-english.ts'

const { orderNumber, amount } = NAMED
const deliveryDate = { name: 'deliveryDate', fallback: '', sample: 'Friday, 4 December' }
const trackingUrl = { name: 'trackingUrl', fallback: '', sample: 'https://shop.example.com/track/A-1042' }
const carrier = { name: 'carrier', fallback: '', sample: 'DHL' }
const BY_CARRIER = '{% if carrier != "" %} with {{ carrier }}{% endif %}'
const TRACK = '{% if trackingUrl != "" %} Track it: {{ trackingUrl }}{% endif %}'
const EXPECTED = '{% if deliveryDate != "" %} Expected: {{ deliveryDate }}.{% endif %}'

export const ORDER_TEMPLATES = {
  ORDER_CREATED: inEnglish('An order was placed', [orderNumber, amount], {
    title: `Order${ORDER} received`,
    message: `Thank you! We have received your order${ORDER}${OF_AMOUNT} and will tell you when it is on its way.`,
    sms: { text: `We have received your order${ORDER}${OF_AMOUNT}. Thank you!` },
  }),
  ORDER_CONFIRMED: inEnglish('An order was confirmed', [orderNumber, amount, deliveryDate], {
    title: `Order${ORDER} confirmed`,
    message: `Your order${ORDER}${OF_AMOUNT} is confirmed.${EXPECTED}`,
    sms: { text: `Your order${ORDER} is confirmed.${EXPECTED}` },
  }),
  ORDER_READY: inEnglish(
    'An order can be collected',
    [orderNumber, { name: 'pickupLocation', fallback: '', sample: 'Market Square 3' }],
    {
      title: `Order${ORDER} is ready`,
      message: `Your order${ORDER} is ready for pickup{% if pickupLocation != "" %} at {{ pickupLocation }}{% endif %}.`,
    },
  ),
  ORDER_CANCELLED: inEnglish(
    'An order was cancelled',
    [orderNumber, { name: 'reason', fallback: '', sample: 'out of stock' }],
    {
      title: `Order${ORDER} cancelled`,
      message: `Your order${ORDER} was cancelled{% if reason != "" %}: {{ reason }}{% endif %}. If you have paid, you get your money back.`,
      sms: { text: `Your order${ORDER} was cancelled{% if reason != "" %}: {{ reason }}{% endif %}.` },
    },
  ),
  ORDER_SHIPPED: inEnglish('An order was handed to the carrier', [orderNumber, carrier, trackingUrl, deliveryDate], {
    title: `Order${ORDER} is on its way`,
    message: `Your order${ORDER} was shipped${BY_CARRIER}.${EXPECTED}${TRACK}`,
    sms: { text: `Your order${ORDER} was shipped${BY_CARRIER}.${TRACK}`, segmentsMax: 2 },
    push: { body: `Your order${ORDER} was shipped${BY_CARRIER}.${EXPECTED}` },
  }),
  ORDER_DELIVERED: inEnglish('An order arrived', [orderNumber], {
    title: `Order${ORDER} delivered`,
    message: `Your order${ORDER} was delivered. We hope you enjoy it!`,
  }),
  DELIVERY_UPDATE: inEnglish(
    'Something about a delivery changed',
    [orderNumber, { name: 'status', fallback: 'on its way', sample: 'out for delivery' }, deliveryDate, trackingUrl],
    {
      title: `News of your delivery${ORDER}`,
      message: `Your delivery${ORDER} is {{ status }}.${EXPECTED}${TRACK}`,
      sms: { text: `Your delivery${ORDER} is {{ status }}.${EXPECTED}${TRACK}`, segmentsMax: 2 },
      push: { body: `Your delivery${ORDER} is {{ status }}.${EXPECTED}` },
    },
  ),
}
