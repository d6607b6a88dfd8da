import { SharedSpans } from '#libs/tracing';
import type { CacheKey, PresentEntry } from '../entry/entry.js';
import { ChurnMap, type FillToken } from '../tiers/fill-fence.js';
import { L1Tier } from '../tiers/l1-tier.js';
import { L2BatchGet, type Seen } from '../tiers/l2-batch-get.js';
import type { L2Reply } from '../tiers/l2-replies.js';

/** So many keys are read by one command: while it runs, Redis does nothing else. */
const MAX_KEYS = 128;

const BATCH_GET = { name: 'cache.batch_get' };

/** A read that a batch get began: the fill that it announced, and what Redis said. One reader goes on from it, once. */
export interface BegunRead {
  readonly token: FillToken;
  readonly found: L2Reply;
}

/**
 * Called with the entry, once it is in L1; with null if there is none, or its key changed meanwhile. Then the reader may have to go
 * on from `begun`, by `CacheReader.beyondL1`. Must not throw.
 */
export type Reader = (entry: PresentEntry | null, begun: BegunRead | null) => void;

/** Waiters have callbacks, not promises: thousands per second would each be created for one answer. */
interface PendingGet {
  readonly token: FillToken;
  /** Whether the first of the waiters loads what is not there: it gets the lease. */
  readonly isLoadable: boolean;
  readonly waiting: Reader[];
}

/**
 * The batch get: keys that are requested while one command is under way travel in the next, so that they share the cost
 * of a command (its deadline, its breaker, its write). It waits for no other load and loads nothing: a key that it does not
 * find takes the rest of the whole read, with the lease that came with the answer.
 */
export class BatchGet {
  private readonly underWay = new ChurnMap<CacheKey, PendingGet>();
  private gathered: PendingGet[] = [];
  private isSending = false;
  private readonly spans = new SharedSpans<CacheKey>();

  constructor(
    private readonly l1: L1Tier,
    private readonly l2: L2BatchGet,
  ) {}

  /** Whether it is worth a try. */
  get arePossible(): boolean {
    return this.l2.isPossible;
  }

  /**
   * Calls back with the entry of L2, once it is in L1.
   *
   * @param isLoadable whether the reader goes on from what was begun; if not, no lease is taken
   * @param reader called once, later
   */
  at(key: CacheKey, isLoadable: boolean, reader: Reader): void {
    this.spans.join(key);
    const flying = this.underWay.get(key);
    // A reader after a change must not be answered by a request from before it.
    if (flying !== undefined && flying.isLoadable === isLoadable && this.l1.mayShare(flying.token))
      return void flying.waiting.push(reader);
    // Announced before Redis is asked: only then does every later change of the key find it.
    const token = this.l1.beginFill(key);
    const get = { token, isLoadable, waiting: [reader] };
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

  private async send(batch: PendingGet[]): Promise<void> {
    const loadable = firstLoadable(batch);
    // A Redis that failed the command before is not asked again: waiters would wait in vain twice.
    const keys = batch.map(({ token }) => token.key);
    const seen = this.arePossible
      ? await this.spans.run(keys, BATCH_GET, () => this.l2.of(keys, loadable))
      : [];
    let at = 0;
    for (const get of batch) {
      this.arrive(get, seen[at] ?? null);
      at += 1;
    }
  }

  private arrive(get: PendingGet, seen: Seen[number]): void {
    const { token, waiting } = get;
    if (this.underWay.get(token.key) === get) this.underWay.delete(token.key);
    const entry = seen !== null && 'state' in seen && seen.state === 'present' ? seen : null;
    const taken = entry !== null && this.l1.fill(entry, token, 'l2') ? entry : null;
    let begun = taken === null && get.isLoadable ? begunOf(seen, token) : null;
    if (begun === null) this.l1.endFill(token);
    // The first goes on, and the others join it.
    for (const reader of waiting) {
      reader(taken, begun);
      begun = null;
    }
  }
}

/** What a reader can go on from. An entry that was not taken, or is older than what was seen here, is asked for again. */
function begunOf(seen: Seen[number], token: FillToken): BegunRead | null {
  if (seen === null) return null;
  if (!('state' in seen)) return { token, found: seen };
  if (seen.state === 'present' || seen.version < token.knownVersion) return null;
  return { token, found: { kind: 'hit', entry: seen, lease: null } };
}

/** Puts those that may be loaded first. @returns how many they are */
function firstLoadable(batch: PendingGet[]): number {
  let count = 0;
  for (const { isLoadable } of batch) if (isLoadable) count += 1;
  if (count > 0 && count < batch.length)
    batch.sort((one, other) => Number(other.isLoadable) - Number(one.isLoadable));
  return count;
}
