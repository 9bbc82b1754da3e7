import {
  type ExperimentArm,
  experimentAnswerSchema,
  identifier,
  laddersAnswerSchema,
  namedLadderSchema,
  type Problem,
  type StoredLadder,
  storedLadderSchema,
} from '@carillon/contracts'
import { z } from 'zod'
import { answerInvalid, answerJson, answerNotFound, answerProblem } from '../answer.ts'
import { jsonBody } from '../parse-inputs.ts'
import { defineRoute } from '../route.ts'
import { findLadderProblems } from './check-ladder-name.ts'
import type { SettingsAdmin } from './settings-ports.ts'

const params = z.object({ name: identifier })
const read = { scope: 'settings:read', people: 'scoped' } as const
const write = { scope: 'settings:write', people: 'scoped' } as const
const notThere = { 404: { description: 'There is none' } }

const DAY_MS = 86_400_000
const DAYS_DEFAULT = 30

export const getLadders = defineRoute({
  method: 'get',
  path: '/api/ladders',
  access: read,
  summary: 'List the saved ladders',
  answers: { 200: { description: 'In order of their names', schema: laddersAnswerSchema } },
  handle: async ({ caller, exchange }) =>
    answerJson(200, { ladders: await exchange.ports.settings.listLadders(caller.tenantId) }),
})

export const getLadder = defineRoute({
  method: 'get',
  path: '/api/ladders/{name}',
  access: read,
  summary: 'See a saved ladder',
  params,
  answers: { 200: { description: 'The ladder', schema: storedLadderSchema }, ...notThere },
  async handle({ caller, params: { name }, exchange }) {
    const ladder = await exchange.ports.settings.findLadder(caller.tenantId, name)
    return ladder ? answerJson(200, ladder) : answerNotFound('ladder')
  },
})

export const putLadder = defineRoute({
  method: 'put',
  path: '/api/ladders/{name}',
  access: write,
  summary: 'Save a ladder that events, categories and the tenant may name',
  description:
    'Ladders are frozen on notifications: what is on its way climbs the ladder as it was. An `experiment` sends that ' +
    'share of the people up another saved ladder; a person stays on one side.',
  params,
  body: jsonBody(namedLadderSchema, {
    example: {
      description: 'In the app, then by SMS, then by e-mail',
      steps: [
        { channel: 'IN_APP', afterSeconds: 0 },
        { channel: 'SMS', afterSeconds: 600 },
        { channel: 'EMAIL', afterSeconds: 2400 },
      ],
    },
  }),
  answers: { 200: { description: 'The ladder as it is now', schema: storedLadderSchema } },
  async handle({ caller: { tenantId }, params: { name }, body, exchange }) {
    const { settings } = exchange.ports
    const problems = await findExperimentProblems(settings, tenantId, name, body.experiment)
    if (problems.length > 0) return answerInvalid(problems)
    const saved = await settings.saveLadder(tenantId, name, body)
    return saved
      ? answerJson(200, saved)
      : answerInvalid([{ path: 'name', message: 'a tenant may have at most 1,000 ladders' }])
  },
})

export const deleteLadder = defineRoute({
  method: 'delete',
  path: '/api/ladders/{name}',
  access: write,
  summary: 'Delete a saved ladder that nobody names any more',
  params,
  answers: {
    200: { description: 'It is gone', schema: z.object({ success: z.literal(true) }) },
    ...notThere,
    409: { description: 'It is still named; by whom is said' },
  },
  async handle({ caller, params: { name }, exchange }) {
    const { isDeleted, usedBy } = await exchange.ports.settings.deleteLadder(caller.tenantId, name)
    if (isDeleted) return answerJson(200, { success: true })
    if (usedBy.length === 0) return answerNotFound('ladder')
    return answerProblem(409, 'in_use', `The ladder ${name} is still named by ${usedBy.join(', ')}.`)
  },
})

export const getLadderExperiment = defineRoute({
  method: 'get',
  path: '/api/ladders/{name}/experiment',
  access: read,
  summary: 'Compare the two sides of a ladder’s experiment',
  description: 'Counted from rows: the newest 200,000 since `since`, which is 30 days ago unless it is given.',
  params,
  query: z.object({ since: z.iso.datetime({ offset: true }).optional() }),
  answers: { 200: { description: 'What became of both', schema: experimentAnswerSchema }, ...notThere },
  async handle({ caller: { tenantId }, params: { name }, query, exchange }) {
    const { settings } = exchange.ports
    const ladder = await settings.findLadder(tenantId, name)
    if (!ladder?.experiment) return answerNotFound('experiment')
    const since = query.since
      ? new Date(query.since)
      : new Date(exchange.settings.now().getTime() - DAYS_DEFAULT * DAY_MS)
    const arms = await settings.readExperiment(tenantId, ladder.experiment.name, since)
    return answerJson(200, describeExperiment(ladder, ladder.experiment, since, arms))
  },
})

type Experiment = NonNullable<StoredLadder['experiment']>

async function findExperimentProblems(
  settings: SettingsAdmin,
  tenantId: string,
  name: string,
  experiment: Experiment | null,
): Promise<readonly Problem[]> {
  const path = 'experiment.ladder'
  if (experiment?.ladder === name) return [{ path, message: 'must be another ladder' }]
  return findLadderProblems(settings, tenantId, experiment?.ladder, path)
}

function describeExperiment(
  ladder: StoredLadder,
  experiment: Experiment,
  since: Date,
  arms: readonly (Omit<ExperimentArm, 'ladder'> & { readonly arm: 'a' | 'b' })[],
) {
  const armOf = (arm: 'a' | 'b', name: string): ExperimentArm => {
    const { arm: _arm, ...counts } = arms.find((one) => one.arm === arm) ?? { arm, ...NOTHING_YET }
    return { ladder: name, ...counts }
  }
  return {
    experiment: experiment.name,
    percent: experiment.percent,
    since: since.toISOString(),
    a: armOf('a', ladder.name),
    b: armOf('b', experiment.ladder),
  }
}

const NOTHING_YET = { notifications: 0, read: 0, acknowledged: 0, medianSecondsToRead: null, deliveries: {} }
