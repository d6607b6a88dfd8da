import { SharedSpans } from '#libs/tracing';
import { ChurnMap } from '../churn-map.js';
import type { CacheKey, PresentEntry } from '../entry/entry.js';
import type { FillToken } from '../tiers/key-changes.js';
import { L1Tier } from '../tiers/l1-tier.js';
import { L2BatchGet } from '../tiers/shared-read.js';

/** So many keys are read by one command: while it runs, Redis does nothing else. */
const MAX_KEYS = 128;

const BATCH_GET = { name: 'cache.batch_get' };

/** Called with the entry; null if there is none, or its key changed meanwhile. Must not throw. */
export type Reader = (entry: PresentEntry | null) => void;

/** Waiters have callbacks, not promises: thousands per second would each be created for one answer. */
interface PendingGet {
  readonly token: FillToken;
  readonly waiting: Reader[];
}

/**
 * The batch get: keys that are requested while one command is under way travel in the next, so that they share the cost
 * of a command (its deadline, its breaker, its write). It has no leases, loads or waits: a key that it does not find
 * takes the whole read.
 */
export class BatchGet {
  private readonly underWay = new ChurnMap<CacheKey, PendingGet>();
  private gathered: PendingGet[] = [];
  private isSending = false;
  private readonly spans = new SharedSpans<CacheKey>();

  constructor(
    private readonly memory: L1Tier,
    private readonly shared: L2BatchGet,
  ) {}

  /** Whether it is worth a try. */
  get arePossible(): boolean {
    return this.shared.isPossible;
  }

  /**
   * Calls back with the entry of L2, once it is in L1.
   *
   * @param reader called once, later
   */
  at(key: CacheKey, reader: Reader): void {
    this.spans.join(key);
    const flying = this.underWay.get(key);
    // A reader after a change must not be answered by a request from before it.
    if (flying !== undefined && this.memory.mayShare(flying.token)) return void flying.waiting.push(reader);
    // Announced before Redis is asked: only then does every later change of the key find it.
    const get = { token: this.memory.beginFill(key), waiting: [reader] };
    this.underWay.set(key, get);
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
    // A Redis that failed the command before is not asked again: waiters would wait in vain twice.
    const keys = batch.map(({ token }) => token.key);
    const seen = this.arePossible ? await this.spans.run(keys, BATCH_GET, () => this.shared.of(keys)) : [];
    for (const [at, get] of batch.entries()) this.arrive(get, seen[at] ?? null);
  }

  private arrive(get: PendingGet, entry: PresentEntry | null): void {
    const { token, waiting } = get;
    const taken = entry !== null && this.memory.fill(entry, token, 'redis') ? entry : null;
    this.memory.endFill(token);
    if (this.underWay.get(token.key) === get) this.underWay.delete(token.key);
    for (const reader of waiting) reader(taken);
  }
}
