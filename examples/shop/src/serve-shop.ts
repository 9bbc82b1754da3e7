import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { type Carillon, CarillonError } from '@carillon/client'
import { tellOrderCreated, tellOrderShipped } from './notify-customer.ts'
import { type Order, readCarrier, readOrder } from './orders.ts'

interface Answer {
  readonly status: number
  readonly body: unknown
}

const NOT_FOUND: Answer = { status: 404, body: { error: 'there is no such thing' } }

/** Orders live in memory: this is about telling people, not about selling. */
export function serveShop(carillon: Carillon): Server {
  const orders = new Map<string, Order>()

  async function createOrder(body: unknown): Promise<Answer> {
    const order = readOrder(crypto.randomUUID().slice(0, 8), body)
    if (!order) return { status: 400, body: { error: 'an order needs customer.id, customer.email and amount' } }
    orders.set(order.id, order)
    const { eventId } = await tellOrderCreated(carillon, order)
    return { status: 201, body: { id: order.id, eventId } }
  }

  async function shipOrder(id: string, body: unknown): Promise<Answer> {
    const order = orders.get(id)
    if (!order) return NOT_FOUND
    const { eventId } = await tellOrderShipped(carillon, order, readCarrier(body) ?? 'the post')
    return { status: 200, body: { id, eventId } }
  }

  async function readNews(customerId: string): Promise<Answer> {
    const { notifications } = await carillon.inbox(customerId).list()
    return { status: 200, body: { news: notifications.map(({ title, read }) => ({ title, read })) } }
  }

  function route(request: IncomingMessage): Promise<Answer> | Answer {
    const [, subject = '', id = '', action = ''] = (request.url ?? '').split('/')
    const call = `${request.method} ${subject}${id === '' ? '' : '/:id'}${action === '' ? '' : `/${action}`}`
    if (call === 'POST orders') return json(request).then(createOrder)
    if (call === 'POST orders/:id/ship') return json(request).then((body) => shipOrder(id, body))
    if (call === 'GET customers/:id/news') return readNews(id)
    return NOT_FOUND
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body } = await Promise.resolve(request).then(route).catch(describeFailure)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
  return createServer((request, response) => void answer(request, response))
}

function describeFailure(error: unknown): Answer {
  if (error instanceof SyntaxError) return { status: 400, body: { error: 'that is no JSON' } }
  const detail = error instanceof CarillonError ? `${error.code}: ${error.message}` : String(error)
  return { status: 502, body: { error: `the customer could not be told: ${detail}` } }
}
