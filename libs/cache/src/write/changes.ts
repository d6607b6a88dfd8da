import { LRUCache } from 'lru-cache';
import { type CacheKey, Clock, EntryMaker, isVersion, type Loaded } from '../entry/entry.js';
import { GroupGenerations } from '../groups/group-generations.js';
import type { FillToken } from '../tiers/doorkeeper.js';
import { L1Tier } from '../tiers/l1-tier.js';
import { type Claim, L2Tier, type PutOutcome } from '../tiers/l2-tier.js';
import { type KeyChange, Tombstones } from '../tiers/tombstones.js';

/** A write under way, and its states for the tiers. */
export interface WriteUnderWay {
  /**
   * To be called before a statement is sent that commits by itself. Waits for Redis for a moment at most, and never throws.
   */
  sending(): Promise<void>;
  /**
   * To be called while a transaction holds its row, with its new state, before it is committed. Waits for Redis for a moment
   * at most, and never throws. Once more if the write is tried again.
   */
  committing(state: Loaded): Promise<void>;
  /**
   * To be called once it is committed: gives the tiers the state. If that is not safe, they learn that the thing changed.
   */
  committed(state: Loaded): Promise<PutOutcome>;
}

/**
 * The longest that a claim is waited for, in milliseconds: other writers wait for the row meanwhile. A write without a
 * claim costs a load.
 */
const CLAIM_WAIT_MS = 50;

const CONTENDED_KEYS = 1_000;

/** Applies changes of the origin. The fast way and the sure way both end here, and both may come. */
export class Changes {
  /** Keys that L2 does not have, whose loads are superseded by writes. */
  private readonly contended = new LRUCache<CacheKey, true>({ max: CONTENDED_KEYS });

  constructor(
    private readonly l1: L1Tier,
    private readonly l2: L2Tier,
    private readonly tombstones: Tombstones,
    private readonly groups: GroupGenerations,
    private readonly maker: EntryMaker,
    private readonly clock: Clock,
  ) {}

  /**
   * Applies changes: entries that do not include them are invalidated.
   *
   * @returns whether Redis took them; otherwise they have to be applied again
   */
  async changed(changes: readonly KeyChange[]): Promise<boolean> {
    const accepted = await this.tombstones.put(changes);
    for (const { key, version, isDerived = false, isReplayed = false } of changes) {
      // L1 remembers the versions of some thousand keys without an entry. Those that no reader here has seen would push out the others.
      // guard(replay-leaves-what-was-seen): false
      const isUnseen = isReplayed && accepted && !this.l1.hasSeen(key);
      if (isVersion(version) && !isUnseen) this.l1.changed(key, version, !isDerived);
      else this.l1.suspect(key);
    }
    return accepted;
  }

  /** A key is stale in all processes, whatever its version. @returns whether Redis has it */
  async invalidate(key: CacheKey): Promise<boolean> {
    const applied = await this.tombstones.invalidate(key);
    this.l1.suspect(key);
    return applied;
  }

  /** Something in a group changed. @returns whether Redis took the change */
  groupChanged(group: CacheKey): Promise<boolean> {
    return this.groups.begin(group);
  }

  /**
   * Runs a write of a thing. Before it is committed it claims the key in Redis and announces itself to L1: each change that
   * comes after that and before the write's own state takes the place away, so that the state is never let in after a later one.
   * A transaction that is refused, or waits for its row, touches neither.
   *
   * @throws what `write` throws
   */
  async writing<T>(key: CacheKey, write: (underWay: WriteUnderWay) => Promise<T>): Promise<T> {
    let token: FillToken | undefined;
    let claim: Claim | null = null;
    const end = () => token !== undefined && this.l1.endFill(token);
    const begin = () => {
      end();
      token = this.l1.beginFill(key);
    };
    try {
      return await write({
        sending: async () => {
          begin();
          // An entry in L2 is as good as a claim, and what no process loads needs none. Without a claim a key that is written
          // more often than it can be loaded would never be cached.
          if (this.contended.has(key)) claim = await this.soon(this.l2.announce(key));
        },
        committing: async ({ version }) => {
          begin();
          claim = await this.soon(this.l2.claim(key, version));
        },
        committed: (state) => this.renew(key, state, token, claim),
      });
    } finally {
      end();
    }
  }

  /** @returns the claim; null if it takes too long */
  private async soon(claim: Promise<Claim | null>): Promise<Claim | null> {
    const late = Promise.withResolvers<null>();
    // After a stall of this process its timers come before its sockets: the answer may be here and unread.
    const timer = setTimeout(() => setImmediate(() => late.resolve(null)), CLAIM_WAIT_MS);
    try {
      return await Promise.race([claim, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async renew(
    key: CacheKey,
    loaded: Loaded,
    token: FillToken | undefined,
    claim: Claim | null,
  ): Promise<PutOutcome> {
    const entry = this.maker.make(key, { loaded, startedAtMs: this.clock.nowMs(), floorVersion: 0 });
    const outcome = await this.l2.put(entry, claim);
    if (outcome === 'superseded-load') this.contended.set(key, true);
    else if (outcome === 'accepted') this.contended.delete(key);
    if (outcome === 'accepted' && token !== undefined) this.l1.fill(entry, token, 'origin');
    // Only now, since it supersedes this one too: readers that joined a read from before the write read again.
    // guard(write-invalidates-l1-at-once): drop
    this.l1.changed(key, entry.version);
    return outcome;
  }
}
