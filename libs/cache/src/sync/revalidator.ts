import type { CacheKey } from '../entry/entry.js';
import { CacheEvents, type RevalidationOutcome } from '../events.js';
import type { FillToken } from '../tiers/key-changes.js';
import { L1Tier } from '../tiers/l1-tier.js';
import { L2Tier } from '../tiers/l2-tier.js';

/** Comparisons under way at once: a bulk change must not fill the connection that readers wait for. */
const MAX_AT_ONCE = 128;
/** Beyond this many, the readers of the rest compare for themselves. */
const MAX_WAITING = 10_000;

/**
 * Compares an L1 entry with L2 when its key was announced, before a reader asks. It may include the change: the process that
 * wrote it is notified like every other.
 */
export class Revalidator {
  private readonly waiting = new Set<CacheKey>();
  private underWay = 0;

  constructor(
    private readonly memory: L1Tier,
    private readonly shared: L2Tier,
    private readonly events: CacheEvents,
  ) {}

  get count(): number {
    return this.waiting.size + this.underWay;
  }

  compare(key: CacheKey): void {
    if (this.waiting.size >= MAX_WAITING) return;
    this.waiting.add(key);
    this.next();
  }

  private next(): void {
    for (const key of this.waiting) {
      if (this.underWay >= MAX_AT_ONCE) return;
      this.waiting.delete(key);
      this.underWay += 1;
      void this.memory
        .filling(key, (token) => this.revalidate(token))
        .then((outcome) => this.events.emit('revalidated', outcome))
        .finally(() => {
          this.underWay -= 1;
          this.next();
        });
    }
  }

  private async revalidate(token: FillToken): Promise<RevalidationOutcome> {
    const { key, kept } = token;
    if (kept === null) return 'gone';
    const found = await this.shared.peek(key, kept);
    switch (found.kind) {
      case 'same':
        this.memory.fill(kept, token, 'redis');
        return 'same';
      case 'entry':
        this.memory.fill(found.entry, token, 'redis');
        return 'newer';
      case 'changed':
        if (!this.memory.hasForgotten(token.askedAtMs)) this.memory.outdated(key, found.version);
        return 'gone';
      default:
        return 'unknown';
    }
  }
}
