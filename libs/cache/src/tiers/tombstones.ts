import { CacheConfig } from '#libs/config';
import { RedisLink } from '#libs/redis';
import { isRefusedCommand, type Outcome } from '#libs/resilience';
import type { CacheKey } from '../entry/entry.js';
import { CHANGE_IS, TOMBSTONE_SCRIPT, TOMBSTONES_SCRIPT } from '../scripts/change-scripts.js';
import { L2Scripts } from '../scripts/l2-scripts.js';
import { L2Trust } from '../trust/l2-trust.js';
import { type KeyChange, UnusableChanges } from './key-changes.js';
import { announcementKeyOf, claimKeyOf, entryKeyOf, leaseKeyOf } from './redis-keys.js';

/** Redis does nothing else while a script runs: so many changes are done in about a millisecond. */
const KEYS_A_SCRIPT = 125;
/** So many are on their way at once, in as many scripts as it takes: in a cluster each key is one of its own. */
const KEYS_AT_ONCE = 500;

/**
 * Applies many changes to Redis whose new states are not at hand. One that cannot be applied is reported and holds up no
 * other: what it may have meant is treated as unknown, so its key is invalidated whatever its version.
 */
export class Tombstones {
  private readonly scripts: L2Scripts;

  constructor(
    private readonly redis: RedisLink,
    private readonly config: CacheConfig,
    private readonly unusable: UnusableChanges,
    private readonly trust: L2Trust,
  ) {
    this.scripts = new L2Scripts(redis, trust, [TOMBSTONES_SCRIPT, TOMBSTONE_SCRIPT]);
  }

  /** @returns whether all of it reached Redis, as far as it can be applied at all */
  async put(changes: readonly KeyChange[]): Promise<boolean> {
    if (this.trust.namespaceOwner !== 'own') return false;
    const { whole, versionless } = this.unusable.sort(changes);
    if (!(await this.putAll(whole))) return false;
    for (const { key } of versionless) if (!(await this.remove(key))) return false;
    return true;
  }

  /** Removes a key whose new version is not known. @returns whether it reached Redis */
  async invalidate(key: CacheKey): Promise<boolean> {
    return this.trust.namespaceOwner === 'own' && this.remove(key);
  }

  private async putAll(changes: readonly KeyChange[]): Promise<boolean> {
    const size = this.redis.isCluster ? 1 : KEYS_A_SCRIPT;
    const parts = slices(changes, size).values();
    let applied = true;
    const putSome = async () => {
      for (const part of parts) {
        if (!(await this.putTogether(part))) applied = false;
        if (!applied) return;
      }
    };
    await Promise.all(Array.from({ length: Math.ceil(KEYS_AT_ONCE / size) }, putSome));
    return applied;
  }

  private async putTogether(changes: readonly KeyChange[]): Promise<boolean> {
    const reply = await (this.redis.isCluster ? this.putOne(changes) : this.putMany(changes));
    return isRefused(reply) ? this.putApart(changes) : reply.kind === 'answered';
  }

  private putMany(changes: readonly KeyChange[]): Promise<Outcome<number>> {
    const keys = changes.map(({ key }) => entryKeyOf(key));
    const args = [this.config.tombstoneMs, Buffer.byteLength(keys[0] ?? '')];
    for (const change of changes) args.push(change.version, flagsOf(change));
    return this.scripts.run<number>(TOMBSTONES_SCRIPT, keys, args);
  }

  private putOne([change]: readonly KeyChange[]): Promise<Outcome<number>> {
    if (change === undefined) throw new Error('there is no change to put');
    const { key, version } = change;
    const keys = [entryKeyOf(key), leaseKeyOf(key), claimKeyOf(key), announcementKeyOf(key)];
    return this.scripts.run<number>(TOMBSTONE_SCRIPT, keys, [
      this.config.tombstoneMs,
      version,
      flagsOf(change),
    ]);
  }

  /** Redis refuses one of them, or more: finds out which, so that the others are applied. */
  private async putApart(changes: readonly KeyChange[]): Promise<boolean> {
    const [first] = changes;
    if (changes.length === 1 && first !== undefined) {
      this.unusable.report(first, 'refused');
      return this.remove(first.key);
    }
    for (const half of slices(changes, Math.ceil(changes.length / 2)))
      if (!(await this.putTogether(half))) return false;
    return true;
  }

  /**
   * Takes away what is there of a key, and the lease and the claim of a load and a write that began before. By plain commands,
   * since a script may be what is refused. The announcement comes last, so that a process that compares finds nothing; it is
   * written, to expire at once: the deletion of a key that is not there is announced to no process.
   */
  private async remove(key: CacheKey): Promise<boolean> {
    const unleased = await this.redis.run((client) => client.del(leaseKeyOf(key)));
    const unclaimed = await this.redis.run((client) => client.del(claimKeyOf(key)));
    const gone = await this.redis.run((client) => client.del(entryKeyOf(key)));
    const announced = await this.redis.run((client) => client.set(announcementKeyOf(key), '', 'PX', 1));
    // Refused as well: nothing can be cached under such a key.
    return [unleased, unclaimed, gone, announced].every(
      (reply) => reply.kind === 'answered' || isRefused(reply),
    );
  }
}

function flagsOf({ isDerived = false, isOne = true, isReplayed = false }: KeyChange): number {
  const several = isOne ? 0 : CHANGE_IS.several;
  return (isDerived ? CHANGE_IS.derived : 0) + several + (isReplayed ? CHANGE_IS.replayed : 0);
}

function isRefused(reply: Outcome<unknown>): boolean {
  return reply.kind === 'failed' && isRefusedCommand(reply.error);
}

function slices<T>(items: readonly T[], size: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, n) =>
    items.slice(n * size, (n + 1) * size),
  );
}
