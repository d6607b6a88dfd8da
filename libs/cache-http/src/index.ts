export { CacheHttpModule } from './cache-http.module.js';
export { type CachedResourceOptions, loadedOf, rowResource } from './cached-resource.js';
export { CachedResource } from './caching.interceptor.js';
export { CachedCollection } from './collection/collection.interceptor.js';
export type { CachedCollectionOptions } from './collection/collection-reader.js';
export { ifMatchHolds } from './conditional-requests.js';
export { HotPath } from './hot/hot-path.js';
export { MissAdmission } from './miss-admission.js';
