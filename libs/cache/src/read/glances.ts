import { Injectable } from '@nestjs/common';
import { ChurnMap } from '../churn-map.js';
import type { CacheKey, PresentEntry } from '../entry/entry.js';
import type { FillToken } from '../tiers/fill-fence.js';
import { MemoryTier } from '../tiers/memory-tier.js';
import { SharedGlance } from '../tiers/shared-glance.js';

/** So many keys are read by one command: while it runs, Redis does nothing else. */
const MAX_KEYS = 128;

/** Told what was seen; null where that is nothing, or may be of the past: its key changed meanwhile. Must not throw. */
export type Tell = (entry: PresentEntry | null) => void;

/** Whoever waits is called back, and holds no promise: thousands a second would each be made for one answer. */
interface Glance {
  readonly token: FillToken;
  readonly waiting: Tell[];
}

/**
 * The short way to what lies ready in Redis: the keys that are asked for while one command is under way travel as the next,
 * so that what a command costs (its deadline, its breaker, its write) is paid once for all of them. It knows
 * no leases, loads or waits: for what it does not find, the whole read is asked.
 */
@Injectable()
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
   * Tells what Redis has ready, once it is in memory.
   *
   * @param tell called once, later
   */
  at(key: CacheKey, tell: Tell): void {
    const flying = this.underWay.get(key);
    // Who asks after a change must not be answered by what was asked for before it.
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

  /** One batch at a time: what is asked for while it is under way gathers, and the busier this process, the more. */
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
    // A Redis that failed the command before is not asked again: whoever waited would wait for nothing twice.
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
