import { Injectable, Logger } from '@nestjs/common';
import { CacheConfig } from '#libs/config';
import { RedisLink } from '#libs/redis';
import type { Outcome } from '#libs/resilience';
import { Clock } from '../clock.js';
import { decodeEntry, encodeEntry, encodeTombstone } from '../entry/codec.js';
import type { CacheEntry, CacheKey } from '../entry/entry.js';
import { CacheEvents } from '../events.js';
import { FILL_SCRIPT } from '../scripts/fill-script.js';
import { LEASE_SCRIPT } from '../scripts/lease-script.js';
import { PEEK_SCRIPT } from '../scripts/peek-script.js';
import { PUT_SCRIPT } from '../scripts/put-script.js';
import { READ_SCRIPT } from '../scripts/read-script.js';
import { RELEASE_SCRIPT } from '../scripts/release-script.js';
import type { Script } from '../scripts/script.js';
import { ScriptRunner } from '../scripts/script-runner.js';
import { type Lease, leaseKeyOf, newLease } from './lease.js';
import { type ReadReply, type SharedRead, toSharedRead } from './shared-read.js';

/** What became of a fill. Where it was not `filled`, something newer is, or is about to be, known. */
export type FillOutcome = 'filled' | 'lease-lost' | 'newer-there' | 'unavailable';

/** What became of a change. */
export type PutOutcome = 'accepted' | 'not-newer' | 'unavailable';

const FILL_OUTCOMES: Record<number, FillOutcome> = { 1: 'filled', 0: 'lease-lost', [-1]: 'newer-there' };

/** L2: Redis, shared by every process. Garbage in it is a miss; its absence is an outcome, never an error. */
@Injectable()
export class RedisTier {
  private readonly logger = new Logger('RedisTier');
  private readonly scripts: ScriptRunner;
  private garbageSeen = false;

  constructor(
    redis: RedisLink,
    private readonly clock: Clock,
    private readonly config: CacheConfig,
    private readonly events: CacheEvents,
  ) {
    this.scripts = new ScriptRunner(redis, [
      READ_SCRIPT,
      LEASE_SCRIPT,
      PEEK_SCRIPT,
      FILL_SCRIPT,
      PUT_SCRIPT,
      RELEASE_SCRIPT,
    ]);
  }

  /** The entry, or the lease to load it, in one round trip. */
  async read(key: CacheKey): Promise<SharedRead> {
    const lease = newLease(key);
    const reply = await this.askForLease<ReadReply>(READ_SCRIPT, lease);
    if (reply.kind !== 'answered') return { kind: 'unavailable' };
    const read = toSharedRead(reply.value, key, lease, this.clock.nowMs());
    this.tell(read, key);
    return read;
  }

  /** The entry alone, without a lease. */
  async peek(key: CacheKey): Promise<CacheEntry | null> {
    const reply = await this.scripts.run<readonly [Buffer, number] | null>(PEEK_SCRIPT, [key], []);
    if (reply.kind !== 'answered' || reply.value === null) return null;
    const [bytes, leftMs] = reply.value;
    return decodeEntry(key, bytes, leftMs, this.clock.nowMs());
  }

  /** The lease to load a key, whatever is stored; null where another one has it or Redis can not be asked. */
  async lease(key: CacheKey): Promise<Lease | null> {
    const lease = newLease(key);
    const reply = await this.askForLease<Buffer | null>(LEASE_SCRIPT, lease);
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

  /** Takes a change in, if it is newer than what is known. */
  put(entry: CacheEntry): Promise<PutOutcome> {
    return this.change(entry.key, encodeEntry(entry), this.lifeOf(entry));
  }

  /** Takes in that a thing changed, where its new state is not at hand. */
  putTombstone(key: CacheKey, version: number): Promise<PutOutcome> {
    return this.change(key, encodeTombstone(version), this.config.tombstoneMs);
  }

  async release(lease: Lease): Promise<void> {
    await this.scripts.run(RELEASE_SCRIPT, [leaseKeyOf(lease.key)], [lease.token]);
  }

  private async askForLease<Reply>(script: Script, lease: Lease): Promise<Outcome<Reply>> {
    const keys = [lease.key, leaseKeyOf(lease.key)];
    const reply = await this.scripts.run<Reply>(script, keys, [lease.token, this.config.leaseMs]);
    // The command may have been carried out and only its answer be lost: nobody should wait for our lease then.
    if (reply.kind === 'failed') void this.release(lease);
    return reply;
  }

  private async change(key: CacheKey, bytes: Buffer, lifeMs: number): Promise<PutOutcome> {
    const reply = await this.scripts.run<number>(PUT_SCRIPT, [key, leaseKeyOf(key)], [bytes, lifeMs]);
    if (reply.kind !== 'answered') return 'unavailable';
    return reply.value === 1 ? 'accepted' : 'not-newer';
  }

  private lifeOf(entry: CacheEntry): number {
    return Math.max(1, Math.floor(entry.graceUntilMs - this.clock.nowMs()));
  }

  private tell(read: SharedRead, key: CacheKey): void {
    if (read.kind === 'leased') this.events.emit('lease', 'granted');
    if (read.kind === 'held') this.events.emit('lease', 'held-by-another');
    if (read.kind === 'leased' && read.garbage) this.reportGarbage(key);
  }

  /** Once a process: a foreign writer on our keys would otherwise fill the log with every read. */
  private reportGarbage(key: CacheKey): void {
    if (this.garbageSeen) return;
    this.garbageSeen = true;
    this.logger.warn(`${key} holds something that is not an entry; taken for a miss`);
  }
}
