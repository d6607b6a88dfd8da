import { makeKey } from './make-key.js';

const ID = 'development';

/** The keys that a service on this machine is started with. */
export interface WriteKeys {
  /** As in `API_KEYS`. */
  readonly entries: string;
  /** A key that was made for this run alone; absent where the person has configured the keys, or that there be none. */
  readonly made?: string;
}

/** @param configured `API_KEYS` as the person has set it; empty for no keys at all */
export function writeKeys(configured: string | undefined): WriteKeys {
  if (configured !== undefined) return { entries: configured };
  const { key, entry } = makeKey(ID);
  return { entries: entry, made: key };
}
