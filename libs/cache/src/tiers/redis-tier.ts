import { Injectable } from '@nestjs/common';
import { CacheConfig } from '#libs/config';
import { RedisLink, type Script } from '#libs/redis';
import type { Outcome } from '#libs/resilience';
import { Clock } from '../clock.js';
import { encodeEntry } from '../entry/codec.js';
import type { CacheEntry, CacheKey } from '../entry/entry.js';
import { CacheEvents } from '../events.js';
import { FILL_SCRIPT } from '../scripts/fill-script.js';
import { LEASE_SCRIPT } from '../scripts/lease-script.js';
import { PEEK_SCRIPT } from '../scripts/peek-script.js';
import { PUT_REPLY, PUT_SCRIPT } from '../scripts/put-script.js';
import { READ_SCRIPT } from '../scripts/read-script.js';
import { RELEASE_SCRIPT } from '../scripts/release-script.js';
import { SharedScripts } from '../scripts/shared-scripts.js';
import { SharedTrust } from '../trust/shared-trust.js';
import { GarbageReport } from './garbage-report.js';
import { type Lease, leaseKeyOf, newLease } from './lease.js';
import { type PeekReply, type SharedPeek, toSharedPeek } from './shared-peek.js';
import { type ReadReply, type SharedRead, toSharedRead } from './shared-read.js';

/** What became of a fill. Where it was not `filled`, something newer is, or is about to be, known. */
export type FillOutcome = 'filled' | 'lease-lost' | 'newer-there' | 'unavailable';

/** What became of a change; `as-tombstone`: its state was not let in, the knowledge that the thing changed was. */
export type PutOutcome = 'accepted' | 'as-tombstone' | 'not-newer' | 'unavailable';

const FILL_OUTCOMES: Record<number, FillOutcome> = { 1: 'filled', 0: 'lease-lost', [-1]: 'newer-there' };

const PUT_OUTCOMES: Record<number, PutOutcome> = {
  [PUT_REPLY.notNewer]: 'not-newer',
  [PUT_REPLY.entry]: 'accepted',
  [PUT_REPLY.tombstone]: 'as-tombstone',
};

/** The version at hand, where there is none. */
const NO_VERSION = -1;

/** L2: Redis, shared by every process. Garbage in it is a miss; its absence is an outcome, never an error. */
@Injectable()
export class RedisTier {
  private readonly scripts: SharedScripts;

  constructor(
    redis: RedisLink,
    private readonly clock: Clock,
    private readonly config: CacheConfig,
    private readonly trust: SharedTrust,
    private readonly garbage: GarbageReport,
    private readonly events: CacheEvents,
  ) {
    this.scripts = new SharedScripts(redis, trust, [
      READ_SCRIPT,
      LEASE_SCRIPT,
      PEEK_SCRIPT,
      FILL_SCRIPT,
      PUT_SCRIPT,
      RELEASE_SCRIPT,
    ]);
  }

  /**
   * The entry, or the lease to load it, in one round trip. While Redis is doubted, only ever the lease.
   *
   * @param floorVersion nothing older is given; 0 for any
   * @param kept an entry at hand: where it is the one that is there, and fresh, that is all the answer
   */
  async read(key: CacheKey, floorVersion = 0, kept: CacheEntry | null = null): Promise<SharedRead> {
    if (!this.trust.isTrusted) return this.readNothing(key);
    const lease = newLease(key);
    const args = [lease.token, this.config.leaseMs, floorVersion, kept?.version ?? NO_VERSION];
    const reply = await this.withLease<ReadReply>(READ_SCRIPT, lease, args);
    // Doubted while the answer was on its way: it may be of before.
    if (reply.kind !== 'answered' || !this.trust.isTrusted) return { kind: 'unavailable' };
    const read = toSharedRead(reply.value, { key, lease, kept, nowMs: this.clock.nowMs() });
    this.tell(read, key);
    return read;
  }

  /**
   * What is there, without a lease.
   *
   * @param versionAtHand where it is the one that is there, that is all the answer
   */
  async peek(key: CacheKey, versionAtHand = NO_VERSION): Promise<SharedPeek> {
    if (!this.trust.isTrusted) return { kind: 'unknown' };
    return this.peekUntrusted(key, versionAtHand);
  }

  /** The same of a Redis that may have missed changes: for whoever has nothing better, and says so. */
  async peekUntrusted(key: CacheKey, versionAtHand = NO_VERSION): Promise<SharedPeek> {
    const reply = await this.scripts.run<PeekReply | null>(PEEK_SCRIPT, [key], [versionAtHand]);
    if (reply.kind !== 'answered') return { kind: 'unknown' };
    return toSharedPeek(reply.value, key, this.clock.nowMs());
  }

  /** The lease to load a key, whatever is stored; null where another one has it or Redis can not be asked. */
  async lease(key: CacheKey): Promise<Lease | null> {
    const lease = newLease(key);
    const args = [lease.token, this.config.leaseMs];
    const reply = await this.withLease<Buffer | null>(LEASE_SCRIPT, lease, args);
    if (reply.kind !== 'answered' || reply.value === null) return null;
    return { ...lease, floorVersion: Number(String(reply.value)) };
  }

  /** Fills in what was loaded, while the lease that it was loaded under stands, and gives the lease back. */
  async fill(entry: CacheEntry, lease: Lease): Promise<FillOutcome> {
    const args = [lease.token, encodeEntry(entry), this.lifeOf(entry)];
    const reply = await this.scripts.run<number>(FILL_SCRIPT, [entry.key, leaseKeyOf(entry.key)], args);
    if (reply.kind !== 'answered') return 'unavailable';
    const outcome = FILL_OUTCOMES[reply.value] ?? 'unavailable';
    if (outcome === 'lease-lost') this.events.emit('lease', 'lost');
    return outcome;
  }

  /**
   * Takes a change in, if it is newer than what is known: its state where that is safe, its version always.
   *
   * @param lease one that was given before the change was made, if any
   */
  async put(entry: CacheEntry, lease: Lease | null): Promise<PutOutcome> {
    const args = [encodeEntry(entry), this.lifeOf(entry), lease?.token ?? '', this.config.tombstoneMs];
    const reply = await this.scripts.run<number>(PUT_SCRIPT, [entry.key, leaseKeyOf(entry.key)], args);
    if (reply.kind !== 'answered') return 'unavailable';
    return PUT_OUTCOMES[reply.value] ?? 'unavailable';
  }

  async release(lease: Lease): Promise<void> {
    await this.scripts.run(RELEASE_SCRIPT, [leaseKeyOf(lease.key)], [lease.token]);
  }

  private async readNothing(key: CacheKey): Promise<SharedRead> {
    const lease = await this.lease(key);
    // Another one's load is no answer either: what it fills in can not be told from what was there.
    return lease === null ? { kind: 'unavailable' } : { kind: 'leased', lease, garbage: false };
  }

  private async withLease<Reply>(
    script: Script,
    lease: Lease,
    args: readonly (string | number)[],
  ): Promise<Outcome<Reply>> {
    const reply = await this.scripts.run<Reply>(script, [lease.key, leaseKeyOf(lease.key)], args);
    // The command may have been carried out and only its answer be lost: nobody should wait for our lease then.
    if (reply.kind === 'failed') void this.release(lease);
    return reply;
  }

  private lifeOf(entry: CacheEntry): number {
    return Math.max(1, Math.floor(entry.graceUntilMs - this.clock.nowMs()));
  }

  private tell(read: SharedRead, key: CacheKey): void {
    if (read.kind === 'leased') this.events.emit('lease', 'granted');
    if (read.kind === 'held') this.events.emit('lease', 'held-by-another');
    if (read.kind === 'leased' && read.garbage) this.garbage.report(key);
  }
}
