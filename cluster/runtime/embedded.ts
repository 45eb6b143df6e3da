/**
 * A real PostgreSQL and a real NATS on the loopback interface, for the demo, for tests, and for trying Belfry on one
 * machine. Neither outlives the process that started it, however that process ends.
 */
export { freePort } from './embedded/child.ts'
export { type EmbeddedNats, type NatsOptions, startNats } from './embedded/nats.ts'
export { type EmbeddedPostgres, type PostgresOptions, startPostgres } from './embedded/postgres.ts'
