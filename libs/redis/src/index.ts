export { RedisModule } from './redis.module.js';
export type { RedisClient } from './redis-client.js';
export { RedisLink } from './redis-link.js';
export type { Script } from './scripts/script.js';
export { ScriptRunner } from './scripts/script-runner.js';
export type { TrackingListener } from './tracking/tracking-link.js';
export { TrackingLinks } from './tracking/tracking-links.js';
