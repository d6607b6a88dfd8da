import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import { CACHED_COLLECTION, type CachedCollectionOptions } from './cached-collection-options.js';
import { CollectionInterceptor } from './collection.interceptor.js';

/** Marks a controller's method, which selects things, as answered with them through the cache. */
export function CachedCollection<S, T>(options: CachedCollectionOptions<S, T>): MethodDecorator {
  return applyDecorators(SetMetadata(CACHED_COLLECTION, options), UseInterceptors(CollectionInterceptor));
}
