import { z } from 'zod'
import type { Answer } from '../answer.ts'
import type { Exchange } from '../exchange.ts'
import { readRawBody } from '../read-body.ts'
import { definePublicRoute } from '../route.ts'
import { composeDone, composeQuestion, composeUnknown, PAGE_HEADERS } from './unsubscribe-page.ts'

const params = z.object({ token: z.string() })
const page = (description: string) => ({ description, contentType: 'text/html', schema: z.string() })
const answers = { 404: page('The link is not one of ours, or was cut') }

/** Mail scanners and previews open every link: looking must change nothing. */
export const getUnsubscribe = definePublicRoute({
  method: 'get',
  path: '/u/{token}',
  summary: 'The page that the link of a mail leads to; it changes nothing',
  params,
  answers: { 200: page('A question and one button'), ...answers },
  async handle(exchange) {
    const wish = readWish(exchange)
    return wish ? answerPage(200, composeQuestion(wish.category)) : answerPage(404, composeUnknown())
  },
})

export const postUnsubscribe = definePublicRoute({
  method: 'post',
  path: '/u/{token}',
  summary: 'Unsubscribe',
  description:
    'Called by the button of the page, and by mailbox providers with List-Unsubscribe=One-Click (RFC 8058): without a ' +
    'credential, a cookie or a redirect. The body says nothing that the link does not say.',
  params,
  answers: { 200: page('There will be no more e-mails of this category'), ...answers },
  async handle(exchange) {
    // Read and dropped, so that the connection can be used again.
    const body = await readRawBody(exchange.request, exchange.settings)
    if (!body.ok) return body.answer
    const wish = readWish(exchange)
    if (!wish || !exchange.ports.unsubscribes) return answerPage(404, composeUnknown())
    exchange.note({ tenantId: wish.tenantId })
    await exchange.ports.unsubscribes.keepOptOut(wish)
    return answerPage(200, composeDone(wish.category))
  },
})

function readWish({ ports, readParams }: Exchange) {
  return ports.unsubscribes?.readWish(readParams().token ?? '')
}

function answerPage(status: number, text: string): Answer {
  return { kind: 'text', status, contentType: 'text/html; charset=utf-8', text, headers: PAGE_HEADERS }
}
