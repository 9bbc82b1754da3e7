/** Those of docker-compose.kafka.yml, which a test compares with these. */
export const KAFKA_IMAGE = 'apache/kafka:4.2.0'
export const POSTGRES_IMAGE = 'postgres:18-alpine'
export const REDIS_IMAGE = 'redis:8-alpine'
