import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createProducer, type KafkaConnection, runConsumer } from '../src/index.ts'
import { accessTo, createTopic, startKafka, type TestBroker, waitUntil } from './broker.ts'

const run = promisify(execFile)
const tool = join(import.meta.dirname, '../../../infra/kafka-local/tool.sh')
const jaas = (module: string, options: string) => `org.apache.kafka.common.security.${module} required ${options};`
const plainLogin = 'username="admin" password="admin-secret"'

let directory: string
let broker: TestBroker
let ca: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'carillon-tls-'))
  const keyStore = join(directory, 'keys.p12')
  const store = ['-keystore', keyStore, '-storetype', 'PKCS12', '-storepass', 'secret', '-alias', 'broker']
  await run('keytool', [
    '-genkeypair',
    ...store,
    '-keyalg',
    'RSA',
    '-dname',
    'CN=localhost',
    '-ext',
    'SAN=ip:127.0.0.1',
  ])
  ca = (await run('keytool', ['-exportcert', '-rfc', ...store])).stdout
  // The one client listener keeps its name; what it speaks is TLS with SASL.
  const settings = `
listener.security.protocol.map=PLAINTEXT:SASL_SSL,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
sasl.mechanism.inter.broker.protocol=PLAIN
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
ssl.keystore.location=${keyStore}
ssl.keystore.type=PKCS12
ssl.keystore.password=secret
ssl.truststore.location=${keyStore}
ssl.truststore.type=PKCS12
ssl.truststore.password=secret
listener.name.plaintext.plain.sasl.jaas.config=${jaas('plain.PlainLoginModule', `${plainLogin} user_admin="admin-secret" user_carillon="plain-secret"`)}
listener.name.plaintext.scram-sha-256.sasl.jaas.config=${jaas('scram.ScramLoginModule', '')}
listener.name.plaintext.scram-sha-512.sasl.jaas.config=${jaas('scram.ScramLoginModule', '')}
`
  broker = await startKafka(settings)
  await addScramUser()
})

afterAll(async () => {
  await broker.close()
  await rm(directory, { recursive: true, force: true })
})

async function addScramUser(): Promise<void> {
  const config = join(directory, 'client.properties')
  const certificate = join(directory, 'ca.pem')
  await writeFile(certificate, ca)
  await writeFile(
    config,
    `security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nssl.truststore.type=PEM\nssl.truststore.location=${certificate}\n` +
      `sasl.jaas.config=${jaas('plain.PlainLoginModule', plainLogin)}\n`,
  )
  const args = ['kafka-configs', '--bootstrap-server', broker.address, '--command-config', config, '--alter']
  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512']) {
    const change = `${mechanism}=[password=scram-secret]`
    await run(tool, [...args, '--add-config', change, '--entity-type', 'users', '--entity-name', 'carillon'])
  }
}

const accessWith = (connection: Partial<KafkaConnection>) => {
  const { log, connection: plain } = accessTo(broker.address)
  return { log, connection: { ...plain, ...connection } }
}

test.each([
  ['plain', 'plain-secret'],
  ['scram-sha-256', 'scram-secret'],
  ['scram-sha-512', 'scram-secret'],
] as const)('a record goes out and comes back over TLS with %s', async (mechanism, password) => {
  const access = accessWith({ ssl: { ca }, sasl: { mechanism, username: 'carillon', password } })
  const topic = await createTopic(access, 1)
  const producer = createProducer(access)
  await producer.publish({ topic, value: 'secret' })
  const seen: string[] = []
  const consumer = await runConsumer({
    ...access,
    topic,
    handle: async ({ records }) => void seen.push(...records.map(({ value }) => `${value}`)),
    onFatal: ({ reason }) => seen.push(reason),
  })
  await waitUntil(
    () => seen.length > 0,
    () => 'nothing came back',
  )
  expect(seen).toEqual(['secret'])
  await Promise.all([producer.close(), consumer.close()])
})

test.each([
  [
    'a wrong password',
    () => ({ ssl: { ca }, sasl: { mechanism: 'plain', username: 'carillon', password: 'wrong' } as const }),
  ],
  [
    'a certificate of nobody known',
    () => ({ ssl: true, sasl: { mechanism: 'plain', username: 'carillon', password: 'plain-secret' } as const }),
  ],
])('%s is an error, in bounded time', async (_name, connection) => {
  const producer = createProducer({ ...accessWith(connection()), deliveryTimeoutMs: 3_000, closeTimeoutMs: 100 })
  await expect(producer.publish({ topic: 't', value: 'x' })).rejects.toMatchObject({
    name: 'PublishError',
    code: 'unavailable',
  })
  await producer.close()
})
