import { type FleetStage, openStage } from '@carillon/testkit'
import { brokerKindOf } from './fleet/broker-kind.ts'
import { createJudge, type JudgeAnswer, type WalkedAnswer } from './openapi-walk/judge-answers.ts'
import { type PlannedRequest, planRequests } from './openapi-walk/plan-requests.ts'
import { nameOf, type OpenApiDocument, readOperations } from './openapi-walk/read-operations.ts'
import { seedTenants } from './openapi-walk/seed-tenants.ts'
import { planSignedRequests, SIGNED_SETTINGS } from './openapi-walk/signed-requests.ts'
import type { Proof, ProofResult } from './proof.ts'

const AT_A_TIME = 8
const ANSWER_MS_MAX = 15_000
const FINDINGS_MAX = 20

/** Every operation that the API's own document names, as a client that knows nothing else. */
export const proof: Proof = {
  name: 'openapi-walk',
  summary:
    'valid and wrong requests to every path of the document: never a 5xx, nothing foreign, answers match their schemas',
  async run({ quick, on, print }) {
    const stage = await openStage({
      broker: brokerKindOf(on),
      apps: ['api', 'router', 'escalation'],
      env: SIGNED_SETTINGS,
    })
    try {
      return await walk(stage, quick, print)
    } finally {
      await stage.close()
    }
  },
}

async function walk(stage: FleetStage, isQuick: boolean, print: (line: string) => void): Promise<ProofResult> {
  const document: OpenApiDocument = (await stage.api.call<OpenApiDocument>('GET', '/openapi.json')).body
  const tenants = await seedTenants(stage)
  const judge = createJudge(document, tenants.marks)
  const operations = readOperations(document)
  const requests = [
    ...planSignedRequests(operations, tenants.id),
    ...operations.flatMap((operation) => planRequests(operation, tenants.ids, isQuick)),
  ]
  const before = await tenants.readForeignRows()
  const walked = createTally()
  for (const part of inOrder(requests))
    await walkAll(part, async (request) => walked.add(request, await ask(stage.api.url, tenants.token, request), judge))
  const isAlive = (await ask(stage.api.url, tenants.token, HEALTH)).status === 200
  const isUntouched = (await tenants.readForeignRows()) === before
  const { findings, statuses, succeeded } = walked.read()
  for (const finding of findings.slice(0, FINDINGS_MAX)) print(finding)
  const never = operations.map(nameOf).filter((name) => !succeeded.has(name))
  return {
    passed: findings.length === 0 && never.length === 0 && isAlive && isUntouched,
    figures: {
      operations: operations.length,
      requests: requests.length,
      ...Object.fromEntries([...statuses].sort().map(([status, count]) => [`answered ${status}`, count])),
      findings: findings.length,
      "the other tenant's rows": isUntouched ? 'untouched' : 'CHANGED',
      'operations with an example': new Set(requests.filter(isExample).map(({ operation }) => nameOf(operation))).size,
      'operations without a success': [never.length, ...never].join(' '),
      'the API lives': isAlive ? 'yes' : 'NO',
    },
  }
}

function isExample({ what }: PlannedRequest): boolean {
  return what === 'example'
}

/** Right ones first, what makes things before what asks for them and what removes them; then all that is wrong. */
function inOrder(requests: readonly PlannedRequest[]): PlannedRequest[][] {
  const right = ['PUT', 'POST', 'GET', 'DELETE'].flatMap((method) =>
    ['example', 'valid'].map((kind) =>
      requests.filter(({ what, operation }) => what === kind && operation.method === method),
    ),
  )
  return [...right, requests.filter(({ what }) => what !== 'example' && what !== 'valid')]
}

const HEALTH: PlannedRequest = {
  operation: {
    method: 'GET',
    path: '/healthz',
    isPublic: true,
    parameters: [],
    body: undefined,
    examples: [],
    responses: {},
  },
  ...{ what: 'valid', url: '/healthz', headers: {}, body: undefined },
}

async function walkAll(requests: readonly PlannedRequest[], walkOne: (request: PlannedRequest) => Promise<void>) {
  const queue = requests.values()
  await Promise.all(
    Array.from({ length: AT_A_TIME }, async () => {
      for (const request of queue) await walkOne(request)
    }),
  )
}

async function ask(url: string, token: string, request: PlannedRequest): Promise<WalkedAnswer> {
  const { operation, body } = request
  const response = await fetch(`${url}${request.url}`, {
    method: operation.method,
    headers: {
      ...(!operation.isPublic && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...request.headers,
    },
    ...(body !== undefined && operation.method !== 'GET' && { body }),
    redirect: 'manual',
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
  })
  return {
    status: response.status,
    contentType: response.headers.get('content-type') ?? '',
    text: await response.text(),
  }
}

function createTally() {
  const findings: string[] = []
  const statuses = new Map<number, number>()
  const succeeded = new Set<string>()
  return {
    add({ operation, what }: PlannedRequest, answer: WalkedAnswer, judge: JudgeAnswer): void {
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      if (answer.status < 300) succeeded.add(nameOf(operation))
      const finding = judge(operation, answer)
      if (what === 'example' && answer.status >= 300)
        findings.push(`${nameOf(operation)}: its example is answered with ${answer.status} ${answer.text}`)
      if (finding !== undefined) findings.push(`${nameOf(operation)} (${what}): ${finding}`)
    },
    read: () => ({ findings, statuses, succeeded }),
  }
}
