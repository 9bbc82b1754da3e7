import { Redis } from 'ioredis'

/** Every key of a Redis with what it holds, as text: for whoever must show that something is in none of them. */
export async function dumpRedis(url: string): Promise<string> {
  const client = new Redis(url)
  try {
    const lines: string[] = []
    for await (const keys of client.scanStream({ count: 1_000 }))
      for (const key of keys as string[]) lines.push(`${key} ${JSON.stringify(await readKey(client, key))}`)
    return lines.join('\n')
  } finally {
    client.disconnect()
  }
}

async function readKey(client: Redis, key: string): Promise<unknown> {
  switch (await client.type(key)) {
    case 'string':
      return client.get(key)
    case 'hash':
      return client.hgetall(key)
    case 'set':
      return client.smembers(key)
    case 'zset':
      return client.zrange(key, '0', '-1')
    case 'list':
      return client.lrange(key, 0, -1)
    case 'none':
      return null
    default:
      throw new Error(`dump Redis: ${key} is of a type that nobody here reads`)
  }
}
