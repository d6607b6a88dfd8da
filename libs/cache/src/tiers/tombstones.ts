import { Injectable } from '@nestjs/common';
import { CacheConfig } from '#libs/config';
import { RedisLink, type Script } from '#libs/redis';
import { encodeTombstone } from '../entry/codec.js';
import type { CacheKey } from '../entry/entry.js';
import { SharedScripts } from '../scripts/shared-scripts.js';
import { TOMBSTONE_SCRIPT, TOMBSTONES_SCRIPT } from '../scripts/tombstones-script.js';
import { SharedTrust } from '../trust/shared-trust.js';
import { leaseKeyOf } from './lease.js';

/** A thing that changed, and the version that it has had since. */
export interface KeyChange {
  readonly key: CacheKey;
  readonly version: number;
}

/** Redis does nothing else while a script runs: so many changes are done in about a millisecond. */
const KEYS_A_SCRIPT = 125;
/** So many are on their way at once, in as many scripts as it takes: in a cluster each key is one of its own. */
const KEYS_AT_ONCE = 500;

/** Tells Redis of many changes whose new states are not at hand. */
@Injectable()
export class Tombstones {
  private readonly scripts: SharedScripts;

  constructor(
    private readonly redis: RedisLink,
    private readonly config: CacheConfig,
    trust: SharedTrust,
  ) {
    this.scripts = new SharedScripts(redis, trust, [TOMBSTONES_SCRIPT, TOMBSTONE_SCRIPT]);
  }

  /** @returns whether all of it reached Redis */
  async put(changes: readonly KeyChange[]): Promise<boolean> {
    for (const batch of slices(changes, KEYS_AT_ONCE)) {
      const told = await Promise.all(
        this.redis.isCluster
          ? batch.map((change) => this.putTogether(TOMBSTONE_SCRIPT, [change]))
          : slices(batch, KEYS_A_SCRIPT).map((some) => this.putTogether(TOMBSTONES_SCRIPT, some)),
      );
      if (!told.every(Boolean)) return false;
    }
    return true;
  }

  private async putTogether(script: Script, changes: readonly KeyChange[]): Promise<boolean> {
    const keys = changes.flatMap(({ key }) => [key, leaseKeyOf(key)]);
    const tombstones = changes.map(({ version }) => encodeTombstone(version));
    const args = [this.config.tombstoneMs, ...tombstones];
    const reply = await this.scripts.run<number>(script, keys, args);
    return reply.kind === 'answered';
  }
}

function slices<T>(items: readonly T[], size: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) =>
    items.slice(n * size, (n + 1) * size),
  );
}
