import type { Loaded } from '../read/loaded.js';
import type { CachedResourceOptions } from './cached-resource-options.js';
import { loadedOf } from './loaded-of.js';

/**
 * Asks the business code for a thing, and gives what it says as the tiers keep it.
 *
 * @throws what `ask` throws, but for the error that says that there is no such thing
 */
export async function loadFrom<T>(options: CachedResourceOptions<T>, ask: () => Promise<T>): Promise<Loaded> {
  try {
    return loadedOf(options, await ask());
  } catch (error) {
    if (options.isAbsent?.(error)) return { state: 'absent', version: 0 };
    throw error;
  }
}
