import { randomInt } from 'node:crypto';
import { CacheConfig } from '#libs/config';
import { RedisLink } from '#libs/redis';
import { encodeEntry } from '../entry/codec.js';
import { type CacheEntry, type CacheKey, Clock } from '../entry/entry.js';
import { CacheEvents } from '../events.js';
import {
  ANNOUNCE_SCRIPT,
  CLAIM_SCRIPT,
  FILL_ONE_SCRIPT,
  FILL_SCRIPT,
  PUT_ONE_SCRIPT,
  PUT_REPLY,
  PUT_SCRIPT,
} from '../scripts/change-scripts.js';
import {
  announcementKeyOf,
  claimKeyOf,
  entryKeyOf,
  L2Scripts,
  L2Trip,
  type Lease,
  leaseKeyOf,
  newLease,
} from '../scripts/l2-scripts.js';
import { LEASE_SCRIPT, RELEASE_SCRIPT } from '../scripts/read-scripts.js';
import { L2Trust } from '../trust.js';

/** What became of a fill. Where it was not `filled`, something newer is, or is about to be, known. */
export type FillOutcome = 'filled' | 'lease-lost' | 'newer-there' | 'unavailable';

/** The right of a write to be put in the place of nothing: the version that it commits, or a name. */
export type Claim = number | string;

/** So many names of claims are drawn from: they are numbers, and exact ones. */
const MOST_CLAIMS = 2 ** 47;

/**
 * What became of a change. `as-tombstone`: its state was not let in, the knowledge that the thing changed was.
 * `superseded-load`: the same, and it took the lease of a load that was under way.
 */
export type PutOutcome = 'accepted' | 'as-tombstone' | 'superseded-load' | 'not-newer' | 'unavailable';

const FILL_OUTCOMES: Record<number, FillOutcome> = { 1: 'filled', 0: 'lease-lost', [-1]: 'newer-there' };

const PUT_OUTCOMES: Record<number, PutOutcome> = {
  [PUT_REPLY.notNewer]: 'not-newer',
  [PUT_REPLY.entry]: 'accepted',
  [PUT_REPLY.tombstone]: 'as-tombstone',
  [PUT_REPLY.superseding]: 'superseded-load',
};

/** L2: Redis, shared by every process. Its absence is an outcome, never an error. `L2Reads` reads it. */
export class L2Tier {
  private readonly scripts: L2Scripts;
  private readonly fills: L2Trip<number>;
  private readonly puts: L2Trip<number>;

  constructor(
    redis: RedisLink,
    private readonly clock: Clock,
    private readonly config: CacheConfig,
    trust: L2Trust,
    private readonly events: CacheEvents,
  ) {
    this.scripts = new L2Scripts(redis, trust, [
      LEASE_SCRIPT,
      FILL_SCRIPT,
      FILL_ONE_SCRIPT,
      CLAIM_SCRIPT,
      ANNOUNCE_SCRIPT,
      PUT_SCRIPT,
      PUT_ONE_SCRIPT,
      RELEASE_SCRIPT,
    ]);
    this.fills = new L2Trip(redis, this.scripts, FILL_SCRIPT, FILL_ONE_SCRIPT);
    this.puts = new L2Trip(redis, this.scripts, PUT_SCRIPT, PUT_ONE_SCRIPT, [config.tombstoneMs]);
  }

  /** The lease to load a key, whatever is stored; null where another one has it or Redis cannot be asked. */
  async lease(key: CacheKey): Promise<Lease | null> {
    const lease = newLease(key);
    const args = [lease.token, this.config.leaseMs];
    const reply = await this.scripts.run<Buffer | null>(LEASE_SCRIPT, keysOf(key), args);
    // The command may have been carried out and only its answer be lost: no process should wait for our lease then.
    // guard(lost-lease-is-released): drop
    if (reply.kind === 'failed') void this.release(lease);
    if (reply.kind !== 'answered' || reply.value === null) return null;
    return { ...lease, floorVersion: Number(String(reply.value)) };
  }

  /** Fills in what was loaded, while the lease that it was loaded under stands, and gives the lease back. */
  async fill(entry: CacheEntry, lease: Lease): Promise<FillOutcome> {
    const args = [lease.token, encodeEntry(entry), this.lifeOf(entry)];
    const reply = await this.fills.run({ keys: keysOf(entry.key), args });
    if (reply.kind !== 'answered') return 'unavailable';
    const outcome = FILL_OUTCOMES[reply.value] ?? 'unavailable';
    if (outcome === 'lease-lost') this.events.emit('lease', 'lost');
    return outcome;
  }

  /**
   * Claims a key for a write: what it commits under the claim may be put in the place of nothing.
   *
   * @param version that it is about to commit, while it holds the row
   * @returns the claim, for `put`; null if a later write has claimed the key, or Redis cannot be asked
   */
  async claim(key: CacheKey, version: number): Promise<Claim | null> {
    const reply = await this.scripts.run<number>(
      CLAIM_SCRIPT,
      [claimKeyOf(key)],
      [version, this.config.leaseMs],
    );
    return reply.kind === 'answered' && reply.value === 1 ? version : null;
  }

  /**
   * Claims a key for a write that commits by itself, before it is sent: its version is not known then.
   *
   * @returns the claim, for `put`; null if a transaction has claimed the key, or Redis cannot be asked
   */
  async announce(key: CacheKey): Promise<Claim | null> {
    const args = [`.${randomInt(MOST_CLAIMS)}`, this.config.leaseMs];
    const reply = await this.scripts.run<Buffer | null>(ANNOUNCE_SCRIPT, [claimKeyOf(key)], args);
    return reply.kind === 'answered' && reply.value !== null ? String(reply.value) : null;
  }

  /**
   * Takes a change in, if it is newer than what is known: its state where that is safe, its version always.
   *
   * @param claim that was made before it was committed; null for none
   */
  async put(entry: CacheEntry, claim: Claim | null): Promise<PutOutcome> {
    const { key } = entry;
    const args = [encodeEntry(entry, 'change'), this.lifeOf(entry), claim ?? ''];
    const keys = [entryKeyOf(key), leaseKeyOf(key), claimKeyOf(key), announcementKeyOf(key)];
    const reply = await this.puts.run({ keys, args });
    if (reply.kind !== 'answered') return 'unavailable';
    return PUT_OUTCOMES[reply.value] ?? 'unavailable';
  }

  async release(lease: Lease): Promise<void> {
    await this.scripts.run(RELEASE_SCRIPT, [leaseKeyOf(lease.key)], [lease.token]);
  }

  private lifeOf(entry: CacheEntry): number {
    return Math.max(1, Math.floor(entry.graceUntilMs - this.clock.nowMs()));
  }
}

const keysOf = (key: CacheKey) => [entryKeyOf(key), leaseKeyOf(key)];
