export { MissAdmission } from './admission.js';
export { CacheHttpModule } from './cache-http.module.js';
export { type CachedResourceOptions, loadedOf, rowResource } from './cached-resource.js';
export { CachedResource } from './caching.interceptor.js';
export { CachedCollection } from './collection/collection.interceptor.js';
export type { CachedCollectionOptions } from './collection/collection-reader.js';
export { HotPath } from './hot/hot-path.js';
