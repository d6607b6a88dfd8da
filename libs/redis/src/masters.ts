import calculateSlot from 'cluster-key-slot';
import { Cluster } from 'ioredis';
import type { RedisClient } from './client-options.js';

/** More masters than a cluster can sensibly have would be needed to exhaust these. */
const MAX_TAGS = 100_000;

/**
 * A hash tag for each master, so that a key `name:{tag}` lies on that master: for a key that has to exist once per master.
 * The same in every process that sees the same cluster.
 *
 * @returns one empty text if there is no cluster
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

/** The key on the master of a tag; the name alone without a cluster. */
export function keyOnMaster(name: string, tag: string): string {
  return tag === '' ? name : `${name}:{${tag}}`;
}

/**
 * The masters that own the cluster's slots, as `host:port`. Not the nodes that the driver is connected to: it drops one
 * that it cannot reach, and a count of those would take a part of the cluster for all of it.
 */
export function mastersOf(cluster: Cluster): ReadonlySet<string> {
  const masters = new Set<string>();
  for (const nodes of cluster.slots) if (nodes?.[0] !== undefined) masters.add(nodes[0]);
  return masters;
}

/** Of `host:port`, whose host may have colons of its own. */
export function addressOf(master: string) {
  const colonAt = master.lastIndexOf(':');
  return { host: master.slice(0, colonAt), port: Number(master.slice(colonAt + 1)) };
}
