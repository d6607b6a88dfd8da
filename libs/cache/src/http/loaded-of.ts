import type { Loaded } from '../read/loaded.js';
import type { CachedResourceOptions } from './cached-resource-options.js';
import { serialised } from './serialised.js';

/** A value as the tiers keep it: the bytes that a client will get, serialised once. */
export function loadedOf<T>(options: CachedResourceOptions<T>, value: T): Loaded {
  return { state: 'present', version: options.version(value), body: serialised(options.body(value)) };
}
