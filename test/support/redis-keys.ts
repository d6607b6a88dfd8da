import type { CacheKey } from '#libs/cache';
import { readConfig } from '#libs/config';
import { announcementKeyOf, entryKeyOf, leaseKeyOf } from '#src/libs/cache/src/scripts/l2-scripts';

export const { namespace } = readConfig({ DATABASE_URL: 'postgres://x/x' }).redis;

/** Where a test finds in Redis, over a connection of its own, what the service keeps there under its default namespace. */
export const redisKeys = {
  entry: (key: CacheKey) => namespace + entryKeyOf(key),
  announcement: (key: CacheKey) => namespace + announcementKeyOf(key),
  lease: (key: CacheKey) => namespace + leaseKeyOf(key),
  watermark: `${namespace}outbox:watermark`,
  news: `${namespace}outbox:news`,
  warm: `${namespace}warm:keys`,
};
