import { randomInt } from 'node:crypto';
import { CacheConfig } from '#libs/config';
import { RedisLink } from '#libs/redis';
import { encodeEntry } from '../entry/codec.js';
import { type CacheEntry, type CacheKey, Clock } from '../entry/entry.js';
import { CacheEvents } from '../events.js';
import {
  FILL_ONE_SCRIPT,
  FILL_SCRIPT,
  PUT_ONE_SCRIPT,
  PUT_REPLY,
  PUT_SCRIPT,
} from '../scripts/change-scripts.js';
import { L2Scripts, L2Trip } from '../scripts/l2-scripts.js';
import { ANNOUNCE_SCRIPT, CLAIM_SCRIPT, LEASE_SCRIPT, RELEASE_SCRIPT } from '../scripts/lease-scripts.js';
import { PEEK_ONE_SCRIPT, PEEK_SCRIPT, READ_ONE_SCRIPT, READ_SCRIPT } from '../scripts/read-scripts.js';
import { L2Trust } from '../trust/l2-trust.js';
import { GarbageReport } from './garbage-report.js';
import {
  type L2Peek,
  type L2Reply,
  type PeekReply,
  type ReadReply,
  toL2Peek,
  toL2Reply,
} from './l2-replies.js';
import { announcementKeyOf, claimKeyOf, entryKeyOf, type Lease, leaseKeyOf, newLease } from './redis-keys.js';

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

/** The version at hand, where there is none. */
const NO_VERSION = -1;

/** L2: Redis, shared by every process. Garbage in it is a miss; its absence is an outcome, never an error. */
export class L2Tier {
  private readonly scripts: L2Scripts;
  private readonly reads: L2Trip<ReadReply>;
  private readonly peeks: L2Trip<PeekReply>;
  private readonly fills: L2Trip<number>;
  private readonly puts: L2Trip<number>;

  constructor(
    redis: RedisLink,
    private readonly clock: Clock,
    private readonly config: CacheConfig,
    private readonly trust: L2Trust,
    private readonly garbage: GarbageReport,
    private readonly events: CacheEvents,
  ) {
    this.scripts = new L2Scripts(redis, trust, [
      READ_SCRIPT,
      READ_ONE_SCRIPT,
      LEASE_SCRIPT,
      PEEK_SCRIPT,
      PEEK_ONE_SCRIPT,
      FILL_SCRIPT,
      FILL_ONE_SCRIPT,
      CLAIM_SCRIPT,
      ANNOUNCE_SCRIPT,
      PUT_SCRIPT,
      PUT_ONE_SCRIPT,
      RELEASE_SCRIPT,
    ]);
    this.reads = new L2Trip(redis, this.scripts, READ_SCRIPT, READ_ONE_SCRIPT, [config.leaseMs]);
    this.peeks = new L2Trip(redis, this.scripts, PEEK_SCRIPT, PEEK_ONE_SCRIPT);
    this.fills = new L2Trip(redis, this.scripts, FILL_SCRIPT, FILL_ONE_SCRIPT);
    this.puts = new L2Trip(redis, this.scripts, PUT_SCRIPT, PUT_ONE_SCRIPT, [config.tombstoneMs]);
  }

  /**
   * The entry, or the lease to load it, in one round trip. While L2 is untrusted, only ever the lease.
   *
   * @param floorVersion nothing older is given; 0 for any
   * @param kept an entry at hand: where it is the one that is there, and fresh, that is all the answer
   */
  async read(key: CacheKey, floorVersion = 0, kept: CacheEntry | null = null): Promise<L2Reply> {
    if (!this.trust.isTrusted) return this.readNothing(key);
    const lease = newLease(key);
    const args = [lease.token, floorVersion, ...identityOf(kept)];
    const reply = await this.reads.run({ keys: keysOf(key), args });
    if (reply.kind !== 'answered') return this.unanswered(reply.kind, lease);
    if (!this.trust.isTrusted) {
      // Untrusted since the command was sent: the answer may be of before. It may be our lease too, and others would wait for it.
      // guard(untrusted-lease-is-released): drop
      void this.release(lease);
      return { kind: 'unavailable' };
    }
    const read = toL2Reply(reply.value, { key, lease, kept, nowMs: this.clock.nowMs() });
    this.report(read, key);
    return read;
  }

  /**
   * What is there, without a lease.
   *
   * @param kept an entry at hand: if it is the one that is there, that is all the answer
   */
  async peek(key: CacheKey, kept: CacheEntry | null = null): Promise<L2Peek> {
    if (!this.trust.isTrusted) return { kind: 'unknown' };
    const reply = await this.peeks.run({ keys: [entryKeyOf(key)], args: identityOf(kept) });
    if (reply.kind !== 'answered') return { kind: 'unknown' };
    return toL2Peek(reply.value, key, this.clock.nowMs());
  }

  /** The same of a Redis that may have missed changes: for a caller that has nothing better, and says so. */
  async peekUntrusted(key: CacheKey): Promise<L2Peek> {
    const keys = [entryKeyOf(key)];
    const reply = await this.scripts.look<readonly [PeekReply]>(PEEK_ONE_SCRIPT, keys, identityOf(null));
    if (reply.kind !== 'answered') return { kind: 'unknown' };
    return toL2Peek(reply.value[0], key, this.clock.nowMs());
  }

  /** The lease to load a key, whatever is stored; null where another one has it or Redis cannot be asked. */
  async lease(key: CacheKey): Promise<Lease | null> {
    const lease = newLease(key);
    const args = [lease.token, this.config.leaseMs];
    const reply = await this.scripts.run<Buffer | null>(LEASE_SCRIPT, keysOf(key), args);
    if (reply.kind !== 'answered') this.unanswered(reply.kind, lease);
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

  /** Emits what a read of a key found beside an entry. */
  report(read: L2Reply, key: CacheKey): void {
    if (read.kind === 'leased') this.events.emit('lease', 'granted');
    if (read.kind === 'held') this.events.emit('lease', 'held-by-another');
    if (read.kind === 'leased' && read.garbage) this.garbage.report(key);
  }

  private async readNothing(key: CacheKey): Promise<L2Reply> {
    const lease = await this.lease(key);
    // Another one's load is no answer either: its fill cannot be distinguished from an earlier entry.
    return lease === null ? { kind: 'unavailable' } : { kind: 'leased', lease, garbage: false };
  }

  private unanswered(kind: 'failed' | 'skipped', lease: Lease): L2Reply {
    // The command may have been carried out and only its answer be lost: no process should wait for our lease then.
    // guard(lost-lease-is-released): drop
    if (kind === 'failed') void this.release(lease);
    return { kind: 'unavailable' };
  }

  private lifeOf(entry: CacheEntry): number {
    return Math.max(1, Math.floor(entry.graceUntilMs - this.clock.nowMs()));
  }
}

const keysOf = (key: CacheKey) => [entryKeyOf(key), leaseKeyOf(key)];

/** What an entry at hand is recognised by. */
function identityOf(kept: CacheEntry | null): [version: number, tag: string] {
  if (kept === null) return [NO_VERSION, ''];
  return [kept.version, kept.state === 'present' ? kept.etag : ''];
}
