import { applyDecorators, SetMetadata, UseInterceptors } from '@nestjs/common';
import { CACHED_RESOURCE, type CachedResourceOptions } from './cached-resource-options.js';
import { CachingInterceptor } from './caching.interceptor.js';

/** Marks a controller's method as answered through the cache. The method itself knows nothing of it. */
export function CachedResource<T>(options: CachedResourceOptions<T>): MethodDecorator {
  return applyDecorators(SetMetadata(CACHED_RESOURCE, options), UseInterceptors(CachingInterceptor));
}
