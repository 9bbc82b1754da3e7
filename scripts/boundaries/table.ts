// "Who may import whom" of docs/architecture.md, as data. A folder that is not named here may not exist.
const domain = ['planning', 'routing', 'delivery', 'clock', 'receipts', 'realtime', 'templates']

// Package -> the packages of ours that its sources may import.
export const allowedImports: Record<string, readonly string[]> = {
  contracts: [],
  planning: ['contracts', 'templates'],
  routing: ['contracts', 'planning', 'templates'],
  delivery: ['contracts', 'planning', 'templates'],
  clock: ['contracts', 'planning', 'routing', 'delivery'],
  receipts: ['contracts', 'delivery'],
  realtime: ['contracts'],
  templates: ['contracts'],
  'channel-email': ['contracts', 'delivery', 'templates'],
  'channel-sms': ['contracts', 'delivery', 'templates'],
  'channel-push': ['contracts', 'delivery', 'templates', 'egress'],
  // The one way out to an address that somebody else named.
  egress: [],
  store: ['contracts', 'planning', 'routing', 'delivery', 'clock', 'receipts', 'realtime'],
  kafka: ['contracts', 'routing', 'delivery', 'clock', 'receipts'],
  redis: ['contracts', 'delivery', 'routing', 'realtime'],
  embedded: ['contracts'],
  'http-api': ['contracts', 'telemetry', ...domain],
  client: ['contracts'],
  react: ['client', 'contracts'],
  telemetry: ['contracts'],
  // How a process of ours reads its settings, starts and stops; for apps.
  process: ['contracts', 'telemetry'],
  // What apps that run on Kafka and the store would each wire alike; it may see adapters because only apps may see it.
  backbone: ['contracts', 'routing', 'delivery', 'store', 'kafka', 'redis', 'process', 'telemetry'],
}

// Package -> the packages of ours of which its sources may import types alone: the ports that it serves belong to whoever
// asks for them, and are not written a second time.
export const allowedTypeImports: Record<string, readonly string[]> = {
  store: ['http-api', 'templates'],
  kafka: ['http-api'],
}

// Apps wire everything together; only the command line starts other apps.
export const apps = [
  'api',
  'router',
  'fanout',
  'email',
  'sms',
  'push',
  'escalation',
  'realtime',
  'receipts',
  'console',
  'cli',
]
export const appThatStartsApps = 'cli'

// For tests alone: may import any package, and no package may need it to run.
export const testPackage = 'testkit'

// Somebody else's package -> where it may be imported, tests aside. A name ending in / stands for all of a scope.
export const owners: Record<string, readonly string[]> = {
  kafkajs: ['packages/kafka/', 'packages/client/src/kafka/', 'packages/testkit/', 'proofs/', 'bench/'],
  pg: ['packages/store/', 'packages/embedded/src/postgres/', 'packages/testkit/', 'proofs/', 'bench/'],
  '@prisma/': ['packages/store/', 'packages/testkit/'],
  bullmq: ['bench/'],
  ioredis: ['packages/redis/', 'packages/testkit/'],
  nodemailer: ['packages/channel-email/', 'packages/testkit/', 'bench/'],
  twilio: ['packages/channel-sms/'],
  'firebase-admin': ['packages/channel-push/'],
  'web-push': ['packages/channel-push/'],
  'sanitize-html': ['packages/templates/'],
}

// Every config.ts may read the environment, of tests and proofs that of packages/testkit. Beside them: where reads are quoted.
export const environmentReaders = ['scripts/boundaries/find-violations.unit.test.ts']

export const mainLinesMax = 80
