import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import type { Server } from './open.ts'

async function callScript(config: Config, args: string[]): Promise<string> {
  const child = Bun.spawn(['sh', join(config.rootDir, 'infra/kafka-local/kafka.sh'), ...args], {
    env: config.environment,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr, exitCode] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
  if (exitCode !== 0) throw new Error(`Apache Kafka: ${stderr.trim() || `kafka.sh ended with ${exitCode}`}`)
  return stdout.trim()
}

export async function openApacheKafka(dataDir: string, config: Config): Promise<Server> {
  await mkdir(dataDir, { recursive: true })
  const address = await callScript(config, ['start', '--port', '0', '--data', dataDir])
  return {
    label: `Apache Kafka at ${address}`,
    variable: 'CARILLON_TEST_KAFKA',
    url: address,
    close: async () => {
      await callScript(config, ['stop', '--data', dataDir])
    },
  }
}
