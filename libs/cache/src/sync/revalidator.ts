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
    private readonly l1: L1Tier,
    private readonly l2: L2Tier,
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
      void this.l1
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
    const found = await this.l2.peek(key, kept);
    switch (found.kind) {
      case 'same':
        this.l1.fill(kept, token, 'l2');
        return 'same';
      case 'entry':
        this.l1.fill(found.entry, token, 'l2');
        return 'newer';
      case 'changed':
        if (!this.l1.hasForgotten(token.askedAtMs)) this.l1.outdated(key, found.version);
        return 'gone';
      default:
        return 'unknown';
    }
  }
}
