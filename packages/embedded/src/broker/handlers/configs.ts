import type { BrokerParts } from '../broker-parts.ts'
import {
  alterConfigs,
  configOperation,
  configSource,
  describeConfigs,
  incrementalAlterConfigs,
  resourceType,
} from '../protocol/configs.ts'
import { errorCode } from '../protocol/error-codes.ts'
import { type Route, route } from '../server/routes.ts'
import { defaultSetting, findSettingProblem, type Overrides, settingNames } from '../topics/topic-settings.ts'
import { attempt, refused } from './topic-admin.ts'

interface Resource {
  readonly type: number
  readonly name: string
}

export function configRoutes(parts: BrokerParts): Route[] {
  return [describeRoute(parts), replaceRoute(parts), changeRoute(parts)]
}

function describeRoute({ topics, settings, nodeId }: BrokerParts): Route {
  function describe({ type, name }: Resource, keys: readonly string[] | null) {
    const isWanted = (key: string) => keys === null || keys.includes(key)
    if (type === resourceType.topic) return describeTopic(name, isWanted)
    // An empty name asks for the defaults that hold for all brokers and can be changed while they run: there are none.
    if (type === resourceType.broker && (name === '' || name === String(nodeId)))
      return { ...ok, configs: name === '' ? [] : brokerConfigs(isWanted) }
    return { ...refused(errorCode.invalidRequest, `There is no such resource: ${type} ${name}`), configs: [] }
  }

  function brokerConfigs(isWanted: (key: string) => boolean) {
    return [...settings]
      .filter(([key]) => isWanted(key))
      .map(([key, value]) => describeConfig(key, value, configSource.staticBroker, true))
  }

  function describeTopic(name: string, isWanted: (key: string) => boolean) {
    const topic = topics.find(name)
    if (!topic) return { ...refused(errorCode.unknownTopicOrPartition, null), configs: [] }
    const configs = settingNames()
      .filter(isWanted)
      .map((key) => {
        const override = topic.overrides[key]
        return override === undefined
          ? describeConfig(key, defaultSetting(key), configSource.default, false)
          : describeConfig(key, override, configSource.topic, false)
      })
    return { ...ok, configs }
  }

  return route(describeConfigs, ({ resources, includeSynonyms }) => ({
    throttleTimeMs: 0,
    results: resources.map(({ type, name, keys }) => {
      const { configs, ...outcome } = describe({ type, name }, keys)
      const shown = includeSynonyms ? configs : configs.map((config) => ({ ...config, synonyms: [] }))
      return { ...outcome, type, name, configs: shown }
    }),
  }))
}

const ok = { errorCode: errorCode.none, errorMessage: null }

function describeConfig(name: string, value: string, source: number, readOnly: boolean) {
  return { name, value, readOnly, source, isSensitive: false, synonyms: [{ name, value, source }] }
}

function replaceRoute(parts: BrokerParts): Route {
  return route(alterConfigs, ({ resources, validateOnly }) => ({
    throttleTimeMs: 0,
    results: resources.map(({ type, name, configs }) => {
      const given = configs.flatMap((each): [string, string][] =>
        each.value === null ? [] : [[each.name, each.value]],
      )
      return { type, name, ...apply(parts, { type, name }, () => Object.fromEntries(given), validateOnly) }
    }),
  }))
}

function changeRoute(parts: BrokerParts): Route {
  return route(incrementalAlterConfigs, ({ resources, validateOnly }) => ({
    throttleTimeMs: 0,
    results: resources.map(({ type, name, configs }) => {
      const isListOperation = configs.some(({ operation }) => operation > configOperation.delete)
      if (isListOperation) return { type, name, ...refused(errorCode.invalidConfig, 'No setting here is a list.') }
      const change = (before: Overrides) => {
        const after = new Map(Object.entries(before))
        for (const { name: key, operation, value } of configs)
          if (operation === configOperation.set && value !== null) after.set(key, value)
          else after.delete(key)
        return Object.fromEntries(after)
      }
      return { type, name, ...apply(parts, { type, name }, change, validateOnly) }
    }),
  }))
}

function apply(
  { topics, reportFailure }: BrokerParts,
  { type, name }: Resource,
  change: (before: Overrides) => Overrides,
  validateOnly: boolean,
) {
  if (type !== resourceType.topic)
    return refused(errorCode.invalidRequest, 'The settings of the embedded broker are given when it is opened.')
  const topic = topics.find(name)
  if (!topic) return refused(errorCode.unknownTopicOrPartition, null)
  const after = change(topic.overrides)
  const problem = findSettingProblem(after)
  if (problem) return refused(errorCode.invalidConfig, problem)
  if (validateOnly) return ok
  return attempt(`configure topic ${name}`, reportFailure, () => topics.configure(name, after))
}
