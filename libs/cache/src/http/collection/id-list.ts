import type { CacheEntry } from '../../entry/entry.js';
import type { Loaded } from '../../read/loaded.js';
import { serialised } from '../serialised.js';

/** The members of a collection, by their ids and in their order, and whether there are more after them. */
export interface IdList {
  readonly ids: readonly string[];
  readonly more: boolean;
}

/**
 * A list as the tiers keep it. It needs no version: its key is that of a generation of its group, which ends with the
 * first change, so that no list is ever compared with a later one.
 */
export function loadedList({ ids, more }: IdList): Loaded {
  return { state: 'present', version: 0, body: serialised({ ids, more }) };
}

export function listIn(entry: CacheEntry): IdList {
  if (entry.state === 'absent') return { ids: [], more: false };
  return JSON.parse(Buffer.from(entry.body, 'latin1').toString()) as IdList;
}
