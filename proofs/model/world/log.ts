/** Kafka, as far as the fleet leans on it: one partition a topic, one group a topic, offsets that only owners commit. */
export interface LogRecord {
  readonly offset: number
  readonly timestampMs: number
  readonly key: string
  readonly value: string
  readonly tenantId: string | undefined
}

interface Topic {
  start: number
  end: number
  readonly records: Map<number, LogRecord>
  committed: number | null
  generation: number
}

export interface Position {
  readonly partition: 0
  readonly logStart: number
  readonly logEnd: number
  readonly committed: number | null
}

export function createLog(nowMs: () => number) {
  const topics = new Map<string, Topic>()

  function open(name: string): Topic {
    const topic = topics.get(name) ?? { start: 0, end: 0, records: new Map(), committed: null, generation: 0 }
    topics.set(name, topic)
    return topic
  }

  return {
    append(name: string, key: string, value: string, tenantId?: string): number {
      const topic = open(name)
      const offset = topic.end
      topic.records.set(offset, { offset, timestampMs: nowMs(), key, value, tenantId })
      topic.end += 1
      return offset
    },
    read(name: string, from: number, count: number): LogRecord[] {
      const { records, end } = open(name)
      const read: LogRecord[] = []
      for (let offset = from; offset < end && read.length < count; offset++) {
        const record = records.get(offset)
        if (record) read.push(record)
      }
      return read
    },
    readAll: (name: string): LogRecord[] => [...open(name).records.values()],
    readPosition(name: string): Position {
      const { start, end, committed } = open(name)
      return { partition: 0, logStart: start, logEnd: end, committed }
    },
    /** A new owner: what an earlier one has not committed by now, it never will. */
    join(name: string): { readonly generation: number; readonly from: number } {
      const topic = open(name)
      topic.generation += 1
      return { generation: topic.generation, from: Math.max(topic.committed ?? 0, topic.start) }
    },
    commit(name: string, generation: number, offset: number): boolean {
      const topic = open(name)
      if (topic.generation !== generation) return false
      topic.committed = offset
      return true
    },
    isOwned: (name: string, generation: number): boolean => open(name).generation === generation,
    /** The group reads everything again. */
    rewind(name: string): void {
      open(name).committed = null
    },
    /** Retention took what nobody had read yet. */
    truncate(name: string): void {
      const topic = open(name)
      topic.records.clear()
      topic.start = topic.end
    },
  }
}

export type Log = ReturnType<typeof createLog>
