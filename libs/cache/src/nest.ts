export { CacheModule, COHERENCE, type PrefixesFactory, WiringError } from './cache.module.js';
