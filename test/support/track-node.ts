import { Redis } from 'ioredis';
import type { Clock } from '#libs/cache';
import type { RedisConfig } from '#libs/config';
import { type RedisLink, TrackingLinks } from '#libs/redis';
import type { CacheEvents } from '#src/libs/cache/src/events';
import type { GroupGenerations } from '#src/libs/cache/src/groups/group-generations';
import { MemorySync } from '#src/libs/cache/src/sync/memory-sync';
import type { Revalidator } from '#src/libs/cache/src/sync/revalidator';
import type { MemoryTier } from '#src/libs/cache/src/tiers/memory-tier';
import type { MemoryTrust } from '#src/libs/cache/src/trust/memory-trust';
import type { SharedTrust } from '#src/libs/cache/src/trust/shared-trust';
import type { TrackedPrefixes } from '#src/libs/cache/src/trust/tracked-prefixes';
import type { RedisClient } from '#src/libs/redis/src/redis-client';

/** What of a node is told. */
export interface TrackedNode {
  readonly memory: MemoryTier;
  readonly memoryTrust: MemoryTrust;
  readonly trust: SharedTrust;
  readonly groups: GroupGenerations;
  readonly events: CacheEvents;
}

/** What a node is made of beside its front. */
export interface NodeParts {
  readonly client: RedisClient | null;
  readonly link: RedisLink;
  readonly redisConfig: RedisConfig;
  readonly prefixes: TrackedPrefixes;
  readonly revalidator: Revalidator;
  readonly clock: Clock;
}

/**
 * Tells a node's memory of what changes in Redis, as the service does.
 *
 * @param by `true`: over the address of the commands; or another address of the same Redis, such as a proxy's, so that
 *   a test can cut the notices off and leave the commands alone
 * @returns ends the links
 */
export async function trackNode(node: TrackedNode, parts: NodeParts, by: true | string): Promise<() => void> {
  // Only its address is looked at: it is never connected.
  const client = by === true ? parts.client : new Redis(by, { lazyConnect: true });
  const links = new TrackingLinks({ client }, parts.redisConfig);
  const { memory, memoryTrust, trust, groups, events } = node;
  const { link, prefixes, revalidator, clock } = parts;
  const told = new Promise<boolean>((resolve) => events.once('tracking', resolve));
  new MemorySync(
    link,
    links,
    prefixes,
    memory,
    memoryTrust,
    trust,
    groups,
    revalidator,
    clock,
    events,
  ).onModuleInit();
  await told;
  return () => links.onApplicationShutdown();
}
