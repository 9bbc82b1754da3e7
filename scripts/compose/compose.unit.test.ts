import { constants, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { KAFKA_IMAGE, POSTGRES_IMAGE, REDIS_IMAGE } from '../../apps/cli/src/infrastructure/images.ts'

const root = join(import.meta.dirname, '../..')
const mountSchema = z.object({
  type: z.literal('bind'),
  source: z.string(),
  read_only: z.literal(true),
  target: z.string(),
})
const serviceSchema = z.strictObject({
  image: z.string(),
  container_name: z.string().optional(),
  restart: z.literal('unless-stopped'),
  ports: z.array(z.string()),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  volumes: z.array(z.union([z.string(), mountSchema])),
  healthcheck: z.looseObject({ test: z.array(z.string()).min(2) }),
})
const composeSchema = z.object({
  name: z.literal('carillon'),
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.null()),
})

const { services, volumes } = composeSchema.parse(
  Bun.YAML.parse(readFileSync(join(root, 'docker-compose.kafka.yml'), 'utf8')),
)
const all = Object.entries(services)

/** `${NAME:-default}` as compose fills it in where nobody set NAME. */
const byDefault = (text: string) => text.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1')

it('starts what the fleet needs, in the versions that the tests run on', () => {
  const images = Object.fromEntries(all.map(([name, { image }]) => [name, byDefault(image)]))
  expect(images).toMatchObject({ kafka: KAFKA_IMAGE, postgres: POSTGRES_IMAGE, redis: REDIS_IMAGE })
  for (const image of Object.values(images)) expect(image).toMatch(/^[a-z0-9/]+:v?\d[\w.-]*$/)
  const version = /<version>(4[.\d]+)<\/version>/.exec(
    readFileSync(join(root, 'infra/kafka-local/pom.xml'), 'utf8'),
  )?.[1]
  expect(images.kafka).toBe(`apache/kafka:${version}`)
})

it('lets nobody in from outside this machine, and lets each port be moved', () => {
  for (const [name, { ports }] of all)
    for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:\$\{[A-Z_]+_PORT:-(\d+)\}:\d+$/)
  const outside = all.flatMap(([, { ports }]) => ports.map((port) => byDefault(port).split(':')[1]))
  expect(new Set(outside).size).toBe(outside.length)
})

it('keeps what it was given in volumes that it declares, and mounts only what is there', () => {
  const used = new Set<string>()
  for (const mount of all.flatMap(([, service]) => service.volumes)) {
    if (typeof mount === 'string') used.add(mount.split(':')[0] ?? '')
    else expect(statSync(join(root, mount.source)).mode & constants.S_IXOTH, mount.target).not.toBe(0)
  }
  expect([...used].sort()).toEqual(Object.keys(volumes).sort())
})

it('has each Kafka tool under the name that its own checks and docs call', () => {
  const targets = services.kafka?.volumes.flatMap((mount) => (typeof mount === 'string' ? [] : [mount.target])) ?? []
  const check = services.kafka?.healthcheck.test.join(' ') ?? ''
  const called = [...check.matchAll(/kafka-[a-z-]+/g), ...['kafka-topics'].map((name) => [name])].map(([name]) => name)
  for (const name of called) expect(targets).toContain(`/usr/local/bin/${name}`)
  for (const target of targets) expect(target).toMatch(/^\/usr\/local\/bin\/kafka-[a-z-]+$/)
})

it('tells Postgres and the mail catcher only what their images read', () => {
  expect(Object.keys(services.postgres?.environment ?? {})).toEqual([
    'POSTGRES_DB',
    'POSTGRES_USER',
    'POSTGRES_PASSWORD',
  ])
  const check = services.postgres?.healthcheck.test.join(' ')
  expect(check).toContain(
    `--username ${services.postgres?.environment.POSTGRES_USER} --dbname ${services.postgres?.environment.POSTGRES_DB}`,
  )
  expect(Object.keys(services.mail?.environment ?? {})).toEqual(['MP_DATABASE'])
  expect(services.redis?.environment).toEqual({})
})

it('has Kafka listen where it says that it does', () => {
  const { environment = {} } = services.kafka ?? {}
  const listOf = (name: string) => byDefault(String(environment[name])).split(',')
  const names = (name: string) => listOf(name).map((one) => one.split(':')[0])
  expect(names('KAFKA_LISTENER_SECURITY_PROTOCOL_MAP').sort()).toEqual(names('KAFKA_LISTENERS').sort())
  expect(names('KAFKA_LISTENERS')).toEqual(expect.arrayContaining(names('KAFKA_ADVERTISED_LISTENERS')))
  expect(names('KAFKA_ADVERTISED_LISTENERS')).toContain(environment.KAFKA_INTER_BROKER_LISTENER_NAME)
  const host = listOf('KAFKA_ADVERTISED_LISTENERS').find((one) => one.startsWith('HOST:'))
  expect(services.kafka?.ports.map(byDefault)).toEqual([`127.0.0.1:${host?.split(':').at(-1)}:9092`])
  expect(Buffer.from(byDefault(String(environment.CLUSTER_ID)), 'base64url')).toHaveLength(16)
})
