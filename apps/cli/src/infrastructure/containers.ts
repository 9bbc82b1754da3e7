import { GenericContainer, Wait } from 'testcontainers'
import type { Config } from '../config.ts'
import { findFreePort } from './free-port.ts'
import { KAFKA_IMAGE, POSTGRES_IMAGE, REDIS_IMAGE } from './images.ts'
import type { Server } from './open.ts'

// Kafka tells its clients where to come back to, so the port outside must be known before it starts.
export async function openKafkaContainer(_dataDir: string, config: Config): Promise<Server> {
  const image = config.environment.KAFKA_IMAGE ?? KAFKA_IMAGE
  const port = await findFreePort()
  const container = await new GenericContainer(image)
    .withExposedPorts({ container: port, host: port })
    .withEnvironment({
      KAFKA_NODE_ID: '1',
      KAFKA_PROCESS_ROLES: 'broker,controller',
      KAFKA_LISTENERS: `PLAINTEXT://0.0.0.0:${port},CONTROLLER://127.0.0.1:${port === 9093 ? 9094 : 9093}`,
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
      KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      KAFKA_CONTROLLER_QUORUM_VOTERS: `1@127.0.0.1:${port === 9093 ? 9094 : 9093}`,
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    })
    .withWaitStrategy(Wait.forLogMessage(/Kafka Server started/))
    .start()
  return {
    label: `${image} in a container`,
    variable: 'CARILLON_TEST_KAFKA',
    url: `${container.getHost()}:${port}`,
    close: async () => {
      await container.stop()
    },
  }
}

export async function openPostgresContainer(_dataDir: string, config: Config): Promise<Server> {
  const image = config.environment.POSTGRES_IMAGE ?? POSTGRES_IMAGE
  const container = await new GenericContainer(image)
    .withExposedPorts(5432)
    .withEnvironment({ POSTGRES_HOST_AUTH_METHOD: 'trust' })
    // It starts once to set itself up and once to stay.
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
    .start()
  return {
    label: `${image} in a container`,
    variable: 'CARILLON_TEST_POSTGRES',
    url: `postgres://postgres@${container.getHost()}:${container.getMappedPort(5432)}/postgres`,
    close: async () => {
      await container.stop()
    },
  }
}

export async function openRedisContainer(_dataDir: string, config: Config): Promise<Server> {
  const image = config.environment.REDIS_IMAGE ?? REDIS_IMAGE
  const container = await new GenericContainer(image)
    .withExposedPorts(6379)
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
    .start()
  return {
    label: `${image} in a container`,
    variable: 'CARILLON_TEST_REDIS',
    url: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
    close: async () => {
      await container.stop()
    },
  }
}
