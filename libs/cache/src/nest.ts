export { CacheModule, COHERENCE, WiringError } from './cache.module.js';
