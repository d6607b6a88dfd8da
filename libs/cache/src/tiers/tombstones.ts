import { LRUCache } from 'lru-cache';
import { CacheConfig } from '#libs/config';
import { RedisLink } from '#libs/redis';
import { isRefusedCommand, type Outcome, ProcessLogger } from '#libs/resilience';
import { type CacheKey, isVersion } from '../entry/entry.js';
import { CacheEvents, type UnusableReason } from '../events.js';
import { CHANGE_IS, TOMBSTONE_SCRIPT, TOMBSTONES_SCRIPT } from '../scripts/change-scripts.js';
import { announcementKeyOf, claimKeyOf, entryKeyOf, L2Scripts, leaseKeyOf } from '../scripts/l2-scripts.js';
import { L2Trust } from '../trust.js';

/** A thing that changed, and the version that it has had since. */
export interface KeyChange {
  readonly key: CacheKey;
  /** NaN, or any number that no version can be, if it is not known. */
  readonly version: number;
  /**
   * The answer is made of other rows too: its versions are assigned before they are visible, in any order. Default: it is a row,
   * whose versions are in the order of its commits.
   */
  readonly isDerived?: boolean;
  /** Whether it is one change; default. Of several, `version` is the newest, and says nothing about the others. */
  readonly isOne?: boolean;
  /**
   * It is one of very many: a key that has neither an entry nor a lease nor a claim in L2 gets no tombstone, and one that L1 has not
   * seen is not remembered there. Default: false.
   */
  readonly isReplayed?: boolean;
}

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

/** No key of the cache comes near this; a row of the outbox may hold a text of any length. */
const MOST_KEY_CHARACTERS = 1_000;
/** What a cache key looks like. Nothing is cached under any other. */
const KEY = /^[^:]+:./s;

/** A change is applied again after a failure of its neighbours; it is reported once. */
const REMEMBERED = 1_000;
const SHOWN_CHARACTERS = 100;

const WHAT_IS_DONE: Record<UnusableReason, string> = {
  key: 'nothing can be cached under this key, so the change is skipped',
  version: 'no version is such a number, so the key is invalidated whatever its version',
  refused: 'Redis refuses it, so the key is invalidated whatever its version',
};

/** Finds and reports the changes that no tier can apply. Any client with rights on the outbox can insert some. */
export class UnusableChanges {
  private readonly logger = new ProcessLogger('Changes');
  private readonly reported = new LRUCache<string, true>({ max: REMEMBERED });

  constructor(private readonly events: CacheEvents) {}

  /** @returns those to apply, and those whose key is all that is known */
  sort(changes: readonly KeyChange[]): { whole: KeyChange[]; versionless: KeyChange[] } {
    const whole: KeyChange[] = [];
    const versionless: KeyChange[] = [];
    for (const change of changes) {
      if (!isUsableKey(change.key)) this.report(change, 'key');
      else if (isVersion(change.version)) whole.push(change);
      else {
        this.report(change, 'version');
        versionless.push(change);
      }
    }
    return { whole, versionless };
  }

  report(change: KeyChange, reason: UnusableReason): void {
    const { key, version } = change;
    const shown = JSON.stringify(key.slice(0, SHOWN_CHARACTERS));
    const name = `${reason} ${version} ${shown}`;
    if (this.reported.has(name)) return;
    this.reported.set(name, true);
    this.events.emit('unusable-change', reason);
    this.logger.error(`unusable change of key ${shown}, version ${version}: ${WHAT_IS_DONE[reason]}`);
  }
}

function isUsableKey(key: string): boolean {
  return key.length <= MOST_KEY_CHARACTERS && KEY.test(key);
}
