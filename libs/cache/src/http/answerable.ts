import type { CacheEntry } from '../entry/entry.js';
import type { CacheRead } from '../read/cache-read.js';

type Unnamed<Entry> = Entry extends CacheEntry ? Omit<Entry, 'key' | 'version'> : never;

/** What an answer is made of: what was read of a key, or of several, which have no key and no version together. */
export type Answerable = Omit<CacheRead, 'entry'> & { readonly entry: Unnamed<CacheEntry> };
