import { RedisLink, TrackingLinks } from '#libs/redis';
import { LastingTrouble, ProcessLogger } from '#libs/resilience';
import { type CacheEntry, type CacheKey, Clock } from '../entry/entry.js';
import { CacheEvents, type RevalidationOutcome } from '../events.js';
import { GENERATION_SUFFIX, GroupGenerations } from '../groups/group-generations.js';
import { NegativeCache } from '../read/origin.js';
import { announcedKeyOf, announcedPrefixOf } from '../scripts/l2-scripts.js';
import type { FillToken } from '../tiers/doorkeeper.js';
import { L1Tier } from '../tiers/l1-tier.js';
import { L2Reads } from '../tiers/l2-reads.js';
import type { L1Trust, L2Trust } from '../trust.js';

/**
 * The prefixes of the keys whose invalidations L1 receives. A key with another prefix is right within
 * `CACHE_L1_UNSYNCED_TTL` only, as if there were no link.
 */
export class TrackedPrefixes {
  /** @throws TypeError if one begins with another: Redis refuses those */
  constructor(readonly list: readonly string[]) {
    for (const [n, prefix] of list.entries()) {
      const other = list.find((candidate, m) => m !== n && candidate.startsWith(prefix));
      if (other !== undefined) throw new TypeError(`tracked prefixes overlap: ${prefix} and ${other}`);
    }
  }
}

/** What this process alone remembers of the origin, as one. */
export class OwnCaches {
  constructor(
    private readonly l1: L1Tier,
    private readonly groups: GroupGenerations,
    private readonly failures: NegativeCache,
  ) {}

  /** The origin has another history: nothing that was learned of it holds. */
  forgetAll(): void {
    this.l1.forgetAll();
    this.groups.forgetAll();
    this.failures.clear();
  }

  /** Anything may have changed: each entry has to be compared before it is trusted again. */
  suspectAll(): void {
    this.l1.suspectAll();
    this.groups.forgetAll();
  }
}

/** How long a start waits for Redis, at most twice. */
const FIRST_SYNC_MS = 500;

/** Keeps L1 coherent with Redis: by the messages of the tracking link, and by its loss. */
export class L1Sync {
  private readonly logger = new ProcessLogger('L1Sync');
  private readonly trouble = new LastingTrouble(this.logger, {
    begun: () => 'client tracking lost: an L1 entry is trusted for CACHE_L1_UNSYNCED_TTL only',
    over: (seconds) => `client tracking established again after ${seconds} s`,
    isExplained: () => this.redis.isAway || this.links.refusal !== null,
  });
  private wasEstablished = false;

  constructor(
    private readonly redis: RedisLink,
    private readonly links: TrackingLinks,
    private readonly prefixes: TrackedPrefixes,
    private readonly l1: L1Tier,
    private readonly trust: L1Trust,
    private readonly l2Trust: L2Trust,
    private readonly groups: GroupGenerations,
    private readonly own: OwnCaches,
    private readonly revalidator: Revalidator,
    private readonly clock: Clock,
    private readonly events: CacheEvents,
  ) {}

  start(): void {
    if (this.redis.state !== 'absent') this.events.emit('tracking', false);
    this.links.start(this.prefixes.list.map(announcedPrefixOf), {
      synced: () => this.synced(),
      lost: () => this.lost(),
      heard: (askedMsAgo) => this.trust.heard(this.clock.nowMs() - askedMsAgo),
      invalidated: (keys) => this.invalidated(keys),
    });
  }

  /** The first reads are answered as all later ones, and not past a Redis that is about to be trusted. */
  async begun(): Promise<void> {
    await this.redis.connectedWithin(FIRST_SYNC_MS);
    if (this.redis.state === 'connected') await this.trust.syncedWithin(FIRST_SYNC_MS);
  }

  close(): void {
    this.trouble.close();
  }

  private synced(): void {
    this.trust.linked();
    if (!this.wasEstablished) this.logger.log('client tracking established');
    this.wasEstablished = true;
    this.trouble.end();
    this.events.emit('tracking', true);
  }

  private lost(): void {
    this.trust.unlinked();
    // A server that was restarted in a moment may have forgotten what it held, and no command may have noticed.
    this.l2Trust.distrust('a tracking link was lost');
    this.trouble.begin('');
    this.events.emit('tracking', false);
  }

  private invalidated(redisKeys: readonly string[] | null): void {
    if (redisKeys === null) {
      this.own.suspectAll();
      return;
    }
    const keys = redisKeys.map((redisKey) => announcedKeyOf(redisKey) as CacheKey);
    this.events.emit('invalidated', keys);
    for (const key of keys) {
      if (key.endsWith(GENERATION_SUFFIX)) {
        this.groups.forget(key);
        continue;
      }
      // guard(invalidation-is-compared): drop
      if (this.l1.suspect(key)) this.revalidator.compare(key);
    }
  }
}

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
    private readonly reads: L2Reads,
    private readonly trust: L2Trust,
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
    if (!this.trust.isGapless) return 'unknown';
    if (!this.trust.isTrusted) return this.compareDuringBacklog(token, kept);
    const found = await this.reads.ask(token, false);
    switch (found.kind) {
      case 'hit':
        this.l1.fill(found.entry, token, 'l2');
        return found.entry === kept ? 'same' : 'newer';
      case 'changed':
        if (!this.l1.hasForgotten(token.askedAtMs)) this.l1.outdated(key, found.version);
        return 'gone';
      default:
        return 'unknown';
    }
  }

  /**
   * L2 may lack a part of the backlog, and the entry does not if it was loaded since: where both are the same, it includes what
   * was announced.
   */
  private async compareDuringBacklog(token: FillToken, kept: CacheEntry): Promise<RevalidationOutcome> {
    // guard(only-later-loads-are-compared): false
    if (!this.l1.isOfThisEpoch(token.key)) return 'unknown';
    const found = await this.reads.peekUntrusted(token.key);
    if (found.kind !== 'hit' || !isSame(found.entry, kept)) return 'unknown';
    return this.l1.fill(kept, token, 'l2') ? 'same' : 'unknown';
  }
}

function isSame(one: CacheEntry, other: CacheEntry): boolean {
  return (
    one.state === 'present' &&
    other.state === 'present' &&
    one.version === other.version &&
    one.etag === other.etag
  );
}
