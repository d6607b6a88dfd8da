import type { Cluster } from 'ioredis';

/**
 * The masters that own the cluster's slots, as `host:port`. Not the nodes that the driver is connected to: it drops one
 * that it can not reach, and whoever counted those would take a part of the cluster for all of it.
 */
export function mastersOf(cluster: Cluster): ReadonlySet<string> {
  const masters = new Set<string>();
  for (const nodes of cluster.slots) if (nodes?.[0] !== undefined) masters.add(nodes[0]);
  return masters;
}
