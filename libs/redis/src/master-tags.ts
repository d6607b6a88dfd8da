import calculateSlot from 'cluster-key-slot';
import { Cluster } from 'ioredis';
import { mastersOf } from './masters.js';
import type { RedisClient } from './redis-client.js';

/** More masters than a cluster can sensibly have would be needed to exhaust these. */
const MAX_TAGS = 100_000;

/**
 * A hash tag for each master, so that a key `name:{tag}` lies on that master: for what has to be kept once a master.
 * The same in every process that sees the same cluster.
 *
 * @returns one empty text where there is no cluster
 */
export function masterTags(client: RedisClient): readonly string[] {
  if (!(client instanceof Cluster)) return [''];
  const wanted = new Set(mastersOf(client));
  const tags: string[] = [];
  for (let n = 0; n < MAX_TAGS && wanted.size > 0; n += 1) {
    const owner = client.slots[calculateSlot(String(n))]?.[0];
    if (owner !== undefined && wanted.delete(owner)) tags.push(String(n));
  }
  return tags;
}
