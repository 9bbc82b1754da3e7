import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createPartitionLog, type LogDeps, type PartitionLog } from '../log/partition-log.ts'
import { type CutTail, recoverLog } from '../log/recover-log.ts'
import { type Catalog, type CatalogEntry, createCatalog, loadCatalog, saveCatalog } from './catalog-file.ts'
import { type CleanEnds, saveCleanEnds, takeCleanEnds } from './clean-ends.ts'
import { type Overrides, resolveSettings, type TopicSettings } from './topic-settings.ts'

export interface Topic {
  readonly name: string
  readonly partitions: PartitionLog[]
  overrides: Overrides
  settings: TopicSettings
}

export interface TopicStore {
  readonly clusterId: string
  readonly cuts: readonly CutTail[]
  find(name: string): Topic | undefined
  findPartition(name: string, index: number): PartitionLog | undefined
  list(): Topic[]
  create(name: string, partitionCount: number, overrides: Overrides): void
  addPartitions(name: string, count: number): void
  configure(name: string, overrides: Overrides): void
  moveStart(name: string, index: number, offset: number): void
  remove(name: string): void
  reserveProducerId(): number
  dropExpired(now: number): void
  close(): Promise<void>
}

export interface TopicStoreDeps extends Pick<LogDeps, 'countSync' | 'reportFailure'> {
  readonly reportDropped: (topic: string, partition: number, segments: number) => void
}

const producerIdBlock = 1_000

// Catalog first, memory second: a change is visible only when it is on disk, and a full disk leaves everything as it was.
export function openTopicStore(dataDir: string, deps: TopicStoreDeps): TopicStore {
  const catalogPath = join(dataDir, 'topics.json')
  const topicsDir = join(dataDir, 'topics')
  const deletedDir = join(dataDir, 'deleted')
  const topics = new Map<string, Topic>()
  const cuts: CutTail[] = []
  let catalog = openCatalog(catalogPath, topicsDir)
  let nextProducerId = catalog.producerIdsReserved
  let deletions = 0

  mkdirSync(topicsDir, { recursive: true })
  rmSync(deletedDir, { recursive: true, force: true })
  setAsideUnknown()
  const cleanEnds = takeCleanEnds(dataDir)
  for (const { name } of catalog.topics) load(name, cleanEnds)

  function save(next: Catalog): void {
    saveCatalog(catalogPath, next)
    catalog = next
  }

  function entryOf(name: string): CatalogEntry | undefined {
    return catalog.topics.find((entry) => entry.name === name)
  }

  function saveTopic(name: string, change: Partial<CatalogEntry>): void {
    const before = entryOf(name) ?? { name, partitionCount: 0, overrides: {}, startOffsets: {} }
    const others = catalog.topics.filter((entry) => entry.name !== name)
    save({ ...catalog, topics: [...others, { ...before, ...change }] })
  }

  function load(name: string, cleanEnds: CleanEnds): void {
    const entry = entryOf(name)
    if (!entry) return
    const topic = topics.get(name) ?? {
      name,
      partitions: [],
      overrides: entry.overrides,
      settings: resolveSettings(entry.overrides),
    }
    topics.set(name, topic)
    for (let index = topic.partitions.length; index < entry.partitionCount; index++) {
      const directory = join(topicsDir, name, String(index))
      const { state, cut } = recoverLog(directory, entry.startOffsets[index] ?? 0, cleanEnds.get(endName(name, index)))
      if (cut) cuts.push(cut)
      topic.partitions.push(createPartitionLog(state, { ...deps, segmentBytes: () => topic.settings.segmentBytes }))
    }
  }

  // Left over from a delete that was cut short: the catalog no longer knows them.
  function setAsideUnknown(): void {
    for (const name of readdirSync(topicsDir)) if (!entryOf(name)) setAside(name)
  }

  // Renamed at once, so that a new topic of the same name starts empty; the files go in the background.
  function setAside(name: string): void {
    const directory = join(topicsDir, name)
    if (!existsSync(directory)) return
    mkdirSync(deletedDir, { recursive: true })
    const grave = join(deletedDir, `${deletions++}`)
    renameSync(directory, grave)
    rm(grave, { recursive: true, force: true }).catch((cause) => deps.reportFailure(`remove ${grave}`, cause))
  }

  function remove(name: string): void {
    const topic = topics.get(name)
    if (!topic) return
    save({ ...catalog, topics: catalog.topics.filter((entry) => entry.name !== name) })
    topics.delete(name)
    setAside(name)
    for (const log of topic.partitions)
      log.discard().catch((cause) => deps.reportFailure(`close the logs of ${name}`, cause))
  }

  function configure(name: string, overrides: Overrides): void {
    saveTopic(name, { overrides })
    const topic = topics.get(name)
    if (topic) Object.assign(topic, { overrides, settings: resolveSettings(overrides) })
  }

  function moveStart(name: string, index: number, offset: number): void {
    const startOffsets = { ...entryOf(name)?.startOffsets, [index]: offset }
    saveTopic(name, { startOffsets })
    topics.get(name)?.partitions[index]?.moveStart(offset)
  }

  function reserveProducerId(): number {
    if (nextProducerId >= catalog.producerIdsReserved)
      save({ ...catalog, producerIdsReserved: nextProducerId + producerIdBlock })
    return nextProducerId++
  }

  function dropExpired(now: number): void {
    for (const topic of topics.values())
      for (const [index, log] of topic.partitions.entries()) {
        const dropped = log.dropExpired(topic.settings, now)
        if (dropped > 0) deps.reportDropped(topic.name, index, dropped)
      }
  }

  async function close(): Promise<void> {
    const ends: CleanEnds = new Map()
    for (const topic of topics.values())
      for (const [index, log] of topic.partitions.entries()) {
        const end = await log.close()
        if (end) ends.set(endName(topic.name, index), end)
      }
    try {
      saveCleanEnds(dataDir, ends)
    } catch (cause) {
      // A full disk, perhaps. The next start then reads the ends of the logs, as after a crash.
      deps.reportFailure('remember where the logs end', cause)
    }
  }

  return {
    clusterId: catalog.clusterId,
    cuts,
    find: (name) => topics.get(name),
    findPartition: (name, index) => topics.get(name)?.partitions[index],
    list: () => [...topics.values()],
    create(name, partitionCount, overrides) {
      saveTopic(name, { partitionCount, overrides })
      load(name, new Map())
    },
    addPartitions(name, count) {
      saveTopic(name, { partitionCount: count })
      load(name, new Map())
    },
    configure,
    moveStart,
    remove,
    reserveProducerId,
    dropExpired,
    close,
  }
}

function openCatalog(path: string, topicsDir: string): Catalog {
  const loaded = loadCatalog(path)
  if (loaded) return loaded
  // Without the catalog every topic would look deleted, and its records would be removed.
  if (existsSync(topicsDir) && readdirSync(topicsDir).length > 0)
    throw new Error(`open ${topicsDir}: it holds topics, but ${path} is missing`)
  const created = createCatalog()
  saveCatalog(path, created)
  return created
}

function endName(topic: string, partition: number): string {
  return `${topic}/${partition}`
}
