import { ChurnMap } from '../churn-map.js';
import type { CacheKey, PresentEntry } from '../entry/entry.js';
import type { FillToken } from '../tiers/key-changes.js';
import { MemoryTier } from '../tiers/memory-tier.js';
import { SharedGlance } from '../tiers/shared-read.js';

/** So many keys are read by one command: while it runs, Redis does nothing else. */
const MAX_KEYS = 128;

/** Called with the entry; null if there is none, or its key changed meanwhile. Must not throw. */
export type Tell = (entry: PresentEntry | null) => void;

/** Waiters have callbacks, not promises: thousands per second would each be created for one answer. */
interface Glance {
  readonly token: FillToken;
  readonly waiting: Tell[];
}

/**
 * The batch get: keys that are requested while one command is under way travel in the next, so that they share the cost
 * of a command (its deadline, its breaker, its write). It has no leases, loads or waits: a key that it does not find
 * takes the whole read.
 */
export class Glances {
  private readonly underWay = new ChurnMap<CacheKey, Glance>();
  private gathered: Glance[] = [];
  private isSending = false;

  constructor(
    private readonly memory: MemoryTier,
    private readonly shared: SharedGlance,
  ) {}

  /** Whether it is worth a try. */
  get arePossible(): boolean {
    return this.shared.isPossible;
  }

  /**
   * Calls back with the entry of L2, once it is in L1.
   *
   * @param tell called once, later
   */
  at(key: CacheKey, tell: Tell): void {
    const flying = this.underWay.get(key);
    // A reader after a change must not be answered by a request from before it.
    if (flying !== undefined && this.memory.mayShare(flying.token)) return void flying.waiting.push(tell);
    // Announced before Redis is asked: only then does every later change of the key find it.
    const glance = { token: this.memory.beginFill(key), waiting: [tell] };
    this.underWay.set(key, glance);
    this.gathered.push(glance);
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

  private async send(glances: readonly Glance[]): Promise<void> {
    // A Redis that failed the command before is not asked again: waiters would wait in vain twice.
    const seen = this.arePossible ? await this.shared.of(glances.map(({ token }) => token.key)) : [];
    for (const [at, glance] of glances.entries()) this.arrive(glance, seen[at] ?? null);
  }

  private arrive(glance: Glance, entry: PresentEntry | null): void {
    const { token, waiting } = glance;
    const taken = entry !== null && this.memory.fill(entry, token, 'redis') ? entry : null;
    this.memory.endFill(token);
    if (this.underWay.get(token.key) === glance) this.underWay.delete(token.key);
    for (const tell of waiting) tell(taken);
  }
}
