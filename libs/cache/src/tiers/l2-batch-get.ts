import type { CacheConfig } from '#libs/config';
import type { RedisLink } from '#libs/redis';
import { decodeEntry } from '../entry/codec.js';
import type { CacheEntry, CacheKey, Clock } from '../entry/entry.js';
import { L2Scripts } from '../scripts/l2-scripts.js';
import { BATCH_GET_REPLY, BATCH_GET_SCRIPT } from '../scripts/read-scripts.js';
import type { L2Trust } from '../trust/l2-trust.js';
import type { L2Reply } from './l2-replies.js';
import type { L2Tier } from './l2-tier.js';
import { entryKeyOf, LEASE_PREFIX, type Lease, newToken } from './redis-keys.js';

/** For each key in turn two values, see BATCH_GET_SCRIPT. */
type BatchGetReply = readonly (Buffer | number | null)[];

/** What a batch get says of a key that it has no entry of: a lease, or that another reader has it. */
export type NotThere = Extract<L2Reply, { kind: 'leased' | 'held' }>;

/** For each key what there is: a fresh entry, or that there is none; null where a closer look has to be taken. */
export type Seen = readonly (CacheEntry | NotThere | null)[];

const HELD: NotThere = { kind: 'held' };

/** Reads many keys from Redis in one command, and leases those that are not there. */
export class L2BatchGet {
  private readonly scripts: L2Scripts;

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
    private readonly config: CacheConfig,
    private readonly trust: L2Trust,
    private readonly tier: L2Tier,
  ) {
    this.scripts = new L2Scripts(redis, trust, [BATCH_GET_SCRIPT]);
  }

  /** Whether there is a trusted Redis, and no cluster: there the keys of one command lie on many nodes. */
  get isPossible(): boolean {
    return this.trust.isTrusted && this.redis.state === 'connected' && !this.redis.isCluster;
  }

  /**
   * @param keys those that may be loaded come first
   * @param loadable how many these are: of the others none is leased
   * @returns nothing of any key if Redis did not answer, or became untrusted meanwhile
   */
  async of(keys: readonly CacheKey[], loadable: number): Promise<Seen> {
    const token = `${newToken()}.`;
    const named = keys.map(entryKeyOf);
    const args = [this.config.leaseMs, token, loadable, Buffer.byteLength(named[0] ?? ''), LEASE_PREFIX];
    const reply = await this.scripts.run<BatchGetReply>(BATCH_GET_SCRIPT, named, args);
    const isUsable = reply.kind === 'answered' && this.trust.isTrusted;
    if (isUsable) return this.seen(keys, token, reply.value);
    // It may have been carried out and only its answer be lost, or be of before: no process should wait for these leases then.
    // guard(lost-batch-leases-are-released): drop
    if (reply.kind !== 'skipped') this.release(keys.slice(0, loadable), token);
    return [];
  }

  private seen(keys: readonly CacheKey[], token: string, reply: BatchGetReply): Seen {
    const nowMs = this.clock.nowMs();
    return keys.map((key, at) => {
      const second = Number(reply[2 * at + 1]);
      if (second === BATCH_GET_REPLY.unanswered) return null;
      // Never null as long as the script and the codec agree on the format.
      if (second > 0) return decodeEntry(key, reply[2 * at] as Buffer, second, nowMs);
      const read =
        second === BATCH_GET_REPLY.held ? HELD : leased(leaseOf(key, token, at), reply[2 * at], second);
      this.tier.report(read, key);
      return read;
    });
  }

  private release(keys: readonly CacheKey[], token: string): void {
    for (const [at, key] of keys.entries()) void this.tier.release(leaseOf(key, token, at));
  }
}

/** As the script names it: by the number of the key. */
function leaseOf(key: CacheKey, token: string, at: number): Lease {
  return { key, token: `${token}${at + 1}`, floorVersion: 0 };
}

function leased(lease: Lease, version: Buffer | number | null | undefined, kind: number): NotThere {
  const floorVersion = Number(String(version));
  return {
    kind: 'leased',
    lease: { ...lease, floorVersion },
    garbage: kind === BATCH_GET_REPLY.leasedOverGarbage,
  };
}
