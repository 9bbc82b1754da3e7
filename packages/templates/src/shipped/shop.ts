import { inEnglish, NAMED } from './in-english.ts'

const { productName } = NAMED
const stock = { name: 'stock', fallback: '', sample: '3' }
const LEFT = '{% if stock != "" %}: only {{ stock }} left{% endif %}'
const price = { name: 'price', fallback: '', sample: '€ 4.90' }
const senderName = { name: 'senderName', fallback: 'Somebody', sample: 'Ben' }

const lowStock = {
  title: '{{ productName }} is running low',
  message: `{{ productName }} is running low${LEFT}.`,
}

export const SHOP_TEMPLATES = {
  LOW_STOCK_ALERT: inEnglish('A seller has little left of a product', [productName, stock], lowStock),
  INVENTORY_LOW_STOCK: inEnglish('The warehouse has little left of a product', [productName, stock], lowStock),
  NEW_REVIEW: inEnglish(
    'A customer wrote a review',
    [
      productName,
      { name: 'rating', fallback: '', sample: '5' },
      { name: 'reviewerName', fallback: 'A customer', sample: 'Ann' },
    ],
    {
      title: 'New review of {{ productName }}',
      message:
        '{{ reviewerName }} reviewed {{ productName }}{% if rating != "" %} with {{ rating }} of 5 stars{% endif %}.',
    },
  ),
  NEW_MESSAGE: inEnglish(
    'Somebody wrote a message',
    [senderName, { name: 'preview', fallback: 'Open it to read more.', sample: 'Is the honey still there?' }],
    { title: 'Message from {{ senderName }}', message: '{{ preview }}' },
  ),
  PRICE_DROP: inEnglish(
    'A product on a wish list got cheaper',
    [productName, price, { name: 'oldPrice', fallback: '', sample: '€ 6.50' }],
    {
      title: '{{ productName }} is cheaper now',
      message:
        '{{ productName }} costs less{% if price != "" %}: now {{ price }}{% if oldPrice != "" %} instead of {{ oldPrice }}{% endif %}{% endif %}.',
    },
  ),
  SEASONAL_PRODUCT: inEnglish(
    'A product is in season',
    [productName, { name: 'season', fallback: '', sample: 'June' }],
    {
      title: '{{ productName }} is in season',
      message: '{{ productName }} is here again{% if season != "" %}, in {{ season }}{% endif %}. It goes fast!',
    },
  ),
}
