import type { CacheConfig } from '#libs/config';
import type { RedisLink, Script } from '#libs/redis';
import { ProcessLogger } from '#libs/resilience';
import { SharedSpans } from '#libs/tracing';
import { decodeEntry } from '../entry/codec.js';
import { type CacheEntry, type CacheKey, type Clock, phaseOf } from '../entry/entry.js';
import type { CacheEvents } from '../events.js';
import { entryKeyOf, L2Scripts, LEASE_PREFIX, type Lease, newToken } from '../scripts/l2-scripts.js';
import { READ_IS, READ_ONE_SCRIPT, READ_REPLY, READ_SCRIPT } from '../scripts/read-scripts.js';
import type { L2Trust } from '../trust.js';
import type { FillToken } from './doorkeeper.js';
import type { L2Tier } from './l2-tier.js';

/** So many keys are read by one command: while it runs, Redis does nothing else. */
const MAX_KEYS = 128;

const BATCH_GET = { name: 'cache.batch_get' };

/** An entry; `lease` comes with one that is stale and ours to refresh. */
export interface L2Hit {
  readonly kind: 'hit';
  readonly entry: CacheEntry;
  readonly lease: Lease | null;
}

/**
 * What L2 says of a key: an entry; to readers that load a lease, or that another reader has it; to others that there is no more than
 * the version of a change. `unavailable`: nothing that anything could be concluded from.
 */
export type L2Reply =
  | L2Hit
  | { readonly kind: 'leased'; readonly lease: Lease }
  | { readonly kind: 'held' }
  | { readonly kind: 'changed'; readonly version: number }
  | { readonly kind: 'unavailable' };

const HELD: L2Reply = { kind: 'held' };
const UNAVAILABLE: L2Reply = { kind: 'unavailable' };

/** What a reader knows of a key: nothing older than that version is given to it, and the entry at hand need only be compared. */
type Question = Pick<FillToken, 'key' | 'knownVersion' | 'kept'>;

interface PendingGet {
  readonly question: Question;
  /** The sum of READ_IS. */
  readonly how: number;
  readonly arrive: (reply: L2Reply) => void;
}

/** For each key in turn two values, see READ_SCRIPT. */
type Replies = (Buffer | number | null)[];

/**
 * All reads of L2. Keys that are requested while one command is under way travel in the next, so that they share the cost of a command
 * (its deadline, its breaker, its write). In a cluster each key is a command of its own, since a script may touch one slot only.
 */
export class L2Reads {
  private readonly logger = new ProcessLogger('L2Tier');
  private readonly scripts: L2Scripts;
  private gathered: PendingGet[] = [];
  private isSending = false;
  readonly spans = new SharedSpans<CacheKey>();
  private isGarbageReported = false;

  constructor(
    private readonly l2: L2Tier,
    private readonly redis: RedisLink,
    private readonly trust: L2Trust,
    private readonly clock: Clock,
    private readonly config: CacheConfig,
    private readonly events: CacheEvents,
  ) {
    this.scripts = new L2Scripts(redis, trust, [READ_SCRIPT, READ_ONE_SCRIPT]);
  }

  /**
   * What L2 has of a key, in one round trip. While L2 is untrusted, only ever the lease.
   *
   * @param mayLease whether the reader loads what is not there. If not, it gets an entry of any age
   */
  ask(question: Question, mayLease: boolean): Promise<L2Reply> {
    if (!this.trust.isTrusted) return mayLease ? this.lease(question.key) : Promise.resolve(UNAVAILABLE);
    return new Promise((arrive) => this.gather(question, mayLease, arrive));
  }

  /** What there is of a key, without a lease. */
  peek(key: CacheKey): Promise<L2Reply> {
    return this.ask({ key, knownVersion: 0, kept: null }, false);
  }

  /** The same of a Redis that may have missed changes: for a caller that has nothing better, and says so. */
  async peekUntrusted(key: CacheKey): Promise<L2Reply> {
    const question = { key, knownVersion: 0, kept: null };
    const get = { question, how: READ_IS.compare, arrive: () => undefined };
    const reply = await this.scripts.look<Replies>(...this.commandOf([get], ''));
    if (reply.kind !== 'answered') return UNAVAILABLE;
    return new Promise((arrive) => this.deliver({ ...get, arrive }, '', reply.value, 0, this.clock.nowMs()));
  }

  /** The same for a caller of thousands per second: each promise would be created for one answer. */
  gather(question: Question, mayLease: boolean, arrive: (reply: L2Reply) => void): void {
    const { key, kept } = question;
    this.spans.join(key);
    // A reader that loads needs a new end of the fresh time where its own has passed.
    const isComparable = kept !== null && !(mayLease && phaseOf(kept, this.clock.nowMs()) !== 'fresh');
    const how = (mayLease ? READ_IS.lease : 0) + (isComparable ? READ_IS.compare : 0);
    this.enqueue({ question, how, arrive });
  }

  private enqueue(get: PendingGet): void {
    if (this.redis.isCluster) return void this.send([get]);
    this.gathered.push(get);
    if (!this.isSending) this.sendSoon();
  }

  private sendSoon(): void {
    this.isSending = true;
    setImmediate(() => void this.sendAll());
  }

  /** One batch at a time: keys that are requested meanwhile gather, the more the busier this process is. */
  private async sendAll(): Promise<void> {
    const all = this.gathered;
    this.gathered = [];
    const commands: Promise<void>[] = [];
    for (let at = 0; at < all.length; at += MAX_KEYS) commands.push(this.send(all.slice(at, at + MAX_KEYS)));
    await Promise.all(commands);
    if (this.gathered.length > 0) this.sendSoon();
    else this.isSending = false;
  }

  private async send(batch: readonly PendingGet[]): Promise<void> {
    const keys = batch.map(({ question }) => question.key);
    const token = `${newToken()}.`;
    // A Redis that failed the command before is not asked again: waiters would wait in vain twice.
    const replies = this.trust.isTrusted
      ? await this.spans.run(keys, BATCH_GET, () => this.repliesTo(batch, token))
      : null;
    const nowMs = this.clock.nowMs();
    let at = 0;
    for (const get of batch) {
      if (replies === null) get.arrive(UNAVAILABLE);
      else this.deliver(get, token, replies, at, nowMs);
      at += 1;
    }
    // The driver's command outlives this in memory, until the whole heap is collected, and the bytes of its reply with it.
    if (replies !== null) replies.length = 0;
  }

  /** @returns null if Redis did not answer, or became untrusted meanwhile */
  private async repliesTo(batch: readonly PendingGet[], token: string): Promise<Replies | null> {
    const reply = await this.scripts.run<Replies>(...this.commandOf(batch, token));
    if (reply.kind === 'answered' && this.trust.isTrusted) return reply.value;
    // It may have been carried out and only its answer be lost, or be of before: no process should wait for these leases then.
    // guard(lost-batch-leases-are-released): drop
    if (reply.kind !== 'skipped') this.releaseAll(batch, token);
    return null;
  }

  private commandOf(batch: readonly PendingGet[], token: string): [Script, string[], (string | number)[]] {
    const keys = batch.map(({ question }) => entryKeyOf(question.key));
    const compared: (string | number)[] = [];
    let hows = '';
    for (const { question, how } of batch) {
      hows += how;
      if (how < READ_IS.compare) continue;
      const { knownVersion, kept } = question;
      compared.push(knownVersion, kept?.version ?? -1, kept?.state === 'present' ? kept.etag : '');
    }
    const { leaseMs } = this.config;
    const args = [leaseMs, token, Buffer.byteLength(keys[0] ?? ''), LEASE_PREFIX, hows, ...compared];
    if (!this.redis.isCluster) return [READ_SCRIPT, keys, args];
    return [READ_ONE_SCRIPT, [...keys, ...keys.map((key) => LEASE_PREFIX + key)], args];
  }

  /** Gives a reader its part of the replies, unless something has to be asked first. */
  private deliver(get: PendingGet, token: string, replies: Replies, at: number, nowMs: number): void {
    const { question, how, arrive } = get;
    const first = replies[2 * at] ?? null;
    const second = Number(replies[2 * at + 1]);
    // The refusal says why to a command of its own.
    if (second === READ_REPLY.refused) return void this.lease(question.key).then(arrive);
    if (second <= 0) return void arrive(this.replyWithout(question, `${token}${at + 1}`, first, second));
    const entry = decodeEntry(question.key, first as Buffer, Math.floor(second / 2), nowMs);
    const reply = replyWith(question, entry, second % 2 === 1 ? `${token}${at + 1}` : null);
    if (reply !== null) return void arrive(reply);
    // Never as long as the script and the codec agree on the format.
    if (how >= READ_IS.compare) return void arrive(UNAVAILABLE);
    this.enqueue({ question, how: how + READ_IS.compare, arrive });
  }

  /** The reply for a key that has no entry for the reader. */
  private replyWithout(
    { key, kept }: Question,
    token: string,
    version: Buffer | number | null,
    kind: number,
  ): L2Reply {
    switch (kind) {
      case READ_REPLY.same:
        return kept === null ? UNAVAILABLE : { kind: 'hit', entry: kept, lease: null };
      case READ_REPLY.leased:
      case READ_REPLY.leasedOverGarbage:
        this.events.emit('lease', 'granted');
        if (kind === READ_REPLY.leasedOverGarbage) this.reportGarbage(key);
        return { kind: 'leased', lease: { key, token, floorVersion: Number(String(version)) } };
      case READ_REPLY.held:
        this.events.emit('lease', 'held-by-another');
        return HELD;
      case READ_REPLY.changed:
        return { kind: 'changed', version: Number(String(version)) };
      default:
        return UNAVAILABLE;
    }
  }

  /** The lease alone. Another reader's load is no answer either: its fill cannot be distinguished from an earlier entry. */
  private async lease(key: CacheKey): Promise<L2Reply> {
    const lease = await this.l2.lease(key);
    return lease === null ? UNAVAILABLE : { kind: 'leased', lease };
  }

  private releaseAll(batch: readonly PendingGet[], token: string): void {
    for (const [at, { question, how }] of batch.entries())
      if (how % READ_IS.compare === READ_IS.lease)
        void this.l2.release({ key: question.key, token: `${token}${at + 1}`, floorVersion: 0 });
  }

  /** Once a process: a foreign writer on our keys would otherwise fill the log with every read. */
  private reportGarbage(key: CacheKey): void {
    if (!this.isGarbageReported)
      this.logger.warn(`${key} holds something that is not an entry; taken for a miss`);
    this.isGarbageReported = true;
  }
}

/** @returns null if a closer look has to be taken: at what is no entry, or is older than what the reader has seen */
function replyWith(
  { key, knownVersion }: Question,
  entry: CacheEntry | null,
  token: string | null,
): L2Reply | null {
  const lease = token === null ? null : { key, token, floorVersion: entry?.version ?? 0 };
  if (entry !== null && entry.version >= knownVersion) return { kind: 'hit', entry, lease };
  return lease === null ? null : { kind: 'leased', lease };
}
