import { CacheConfig } from '#libs/config';
import { type CacheEntry, type CacheKey, Clock, mayRefreshEarly, phaseOf, rankOf } from '../entry/entry.js';
import { type FilledFrom, L1Trust } from '../trust.js';
import { Doorkeeper, FillFence, type FillToken, type Visit } from './doorkeeper.js';
import { type HotSlot, isPresent, type L1Lookup, type L1Slot, L1Slots, NONE } from './l1-slots.js';

/** L1: this process's memory, bounded in bytes. An entry never outlives its own times. */
export class L1Tier {
  private readonly slots: L1Slots;
  private readonly fence = new FillFence();
  private forgottenAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    config: CacheConfig,
    private readonly clock: Clock,
    private readonly trust: L1Trust,
    private readonly doorkeeper: Doorkeeper,
  ) {
    this.slots = new L1Slots(config);
  }

  get bytes(): number {
    return this.slots.bytes;
  }

  get count(): number {
    return this.slots.count;
  }

  get fillsUnderWay(): number {
    return this.fence.size;
  }

  get(key: CacheKey): L1Lookup {
    const slot = this.slots.use(key);
    if (slot === undefined) return NONE;
    const nowMs = this.clock.nowMs();
    // guard(l1-ends-with-the-entry): false
    if (phaseOf(slot.entry, nowMs) === 'expired') {
      this.slots.delete(key);
      return NONE;
    }
    slot.hits += 1;
    const { entry } = slot;
    if (slot.suspect || !this.trust.trusts(slot, nowMs)) return { kind: 'kept', entry };
    return {
      kind: 'trusted',
      entry,
      verified: /* guard(unverified-is-stale-from-l1): true */ this.isVerified(slot, nowMs),
    };
  }

  /** A slot to answer from at once: there, trusted, and so far from the end of its fresh time that no reader draws for a refresh. */
  hot(key: CacheKey, nowMs: number): HotSlot | undefined {
    const slot = this.slots.use(key);
    if (slot === undefined || /* guard(fast-path-leaves-suspects): false */ slot.suspect || !isPresent(slot))
      return undefined;
    if (mayRefreshEarly(slot.entry, nowMs) || !this.trust.trusts(slot, nowMs)) return undefined;
    slot.hits += 1;
    return slot;
  }

  /** Whether a trusted slot is known to be right, but for the last moment. */
  isVerified(slot: L1Slot, nowMs: number): boolean {
    return this.trust.isVerified(slot, nowMs);
  }

  /**
   * Runs work that may end in a fill. The fill is announced before the work asks for the value: so every later change finds it.
   *
   * @param visit the client's read that it is for; default: none, so that whatever comes is kept
   * @param token of a fill that was announced before; default: a new one
   */
  async filling<T>(
    key: CacheKey,
    work: (token: FillToken) => Promise<T>,
    visit: Visit | null = null,
    token = this.beginFill(key),
  ): Promise<T> {
    token.visit = visit;
    try {
      return await work(token);
    } finally {
      this.endFill(token);
    }
  }

  /** For callers that announce many at once; `filling` ends each for all others. */
  beginFill(key: CacheKey): FillToken {
    const known = this.slots.known(key);
    return this.fence.begin({
      key,
      kept: known?.slot?.entry ?? null,
      knownVersion: Math.floor(this.slots.floorOf(known)),
      askedAtMs: this.clock.nowMs(),
      epoch: this.trust.epochFor(key),
      visit: null,
      cancelled: false,
      next: null,
    });
  }

  endFill(token: FillToken): void {
    this.fence.end(token);
  }

  /** Whether a reader that asks now may have the result of a fill under way: after a change none may join what began before. */
  mayShare({ cancelled, epoch, askedAtMs }: FillToken): boolean {
    if (/* guard(flight-closes-on-change): false */ cancelled) return false;
    return this.trust.trusts({ epoch, asOfMs: askedAtMs }, this.clock.nowMs());
  }

  /**
   * Takes an entry in, unless its key changed while it was on its way, a newer version was seen already, or it was asked for
   * once and may never be again.
   *
   * @param filledFrom the tier it came from: the entry is as verified as that tier was
   * @returns whether it was taken
   */
  fill(entry: CacheEntry, token: FillToken, filledFrom: FilledFrom): boolean {
    const { key, askedAtMs, epoch } = token;
    const known = this.slots.known(key);
    const before = known?.slot ?? null;
    const floor = this.slots.floorOf(known);
    const rank = rankOf(entry);
    // guard(l1-fill-is-cancelled): drop
    if (token.cancelled) return false;
    // What a load brings has at least the version that was known before it. That the thing was not there then does not count
    // against it: a row that was deleted may come back in a transaction that took its version earlier.
    // guard(l1-takes-no-older-version): drop
    if (rank < (filledFrom === 'origin' ? Math.floor(floor) : floor)) return false;
    // Other fills under way began before this version was known, and may be older.
    // guard(newer-fill-cancels-older): drop
    if (rank !== floor) this.fence.cancel(key, token);
    if (rank < floor) this.slots.lowerFloor(key, rank);
    // guard(once-asked-is-not-kept): false
    if (before === null && this.doorkeeper.turnsAway(token.visit, entry.state)) {
      this.slots.raiseFloor(key, rank);
      return false;
    }
    // Whole, and so no object of its own.
    const asOfMs = Math.floor(this.trust.asOfMs(askedAtMs, filledFrom));
    const hits = before?.hits ?? 0;
    this.slots.set(key, { entry, asOfMs, epoch, suspect: false, hits, attachment: null }, known);
    return true;
  }

  /**
   * Something happened to the key, and not what: the entry may be what it is now, or of the past. Nothing that is on
   * its way is let in.
   *
   * @returns whether there is an entry to compare
   */
  suspect(key: CacheKey): boolean {
    this.fence.cancel(key);
    const slot = this.slots.peek(key);
    if (slot === undefined) return false;
    // guard(invalidation-makes-suspect): drop
    slot.suspect = true;
    return true;
  }

  /** The same of every key. */
  suspectAll(): void {
    this.fence.cancelAll();
    this.trust.beginEpoch();
  }

  /** Empties L1, of versions as well: they are of another history. Nothing that is under way is taken in, and no reader joins it. */
  forgetAll(): void {
    this.forgottenAtMs = this.clock.nowMs();
    this.slots.clear();
    this.suspectAll();
  }

  /** Whether an answer to a question of that moment may be of a history that was forgotten since. */
  hasForgotten(askedAtMs: number): boolean {
    return this.forgottenAtMs > Number.NEGATIVE_INFINITY && askedAtMs <= this.forgottenAtMs;
  }

  /**
   * A reader gets this entry. No later read gets an older one, also if L1 could not take the entry:
   * neither the entry, nor a fill that began before.
   *
   * @param askedAtMs when it was asked for
   */
  answered(entry: CacheEntry, askedAtMs: number): void {
    if (this.hasForgotten(askedAtMs)) return;
    const rank = rankOf(entry);
    if (rank > this.floorOf(entry.key)) this.changed(entry.key, rank);
  }

  /**
   * The key has changed, in this version: what is older goes, and is not let in any more. What is not older has to be compared,
   * unless its version proves that it includes the change.
   *
   * @param isOrdered whether the versions of this key are in the order of its commits; default: they are
   */
  changed(key: CacheKey, version: number, isOrdered = true): void {
    this.fence.cancel(key);
    this.outdated(key, version);
    const slot = this.slots.peek(key);
    if (slot !== undefined && !(isOrdered && isPresent(slot))) slot.suspect = true;
  }

  /** Nothing older than this version is true any more; what is on its way may be of it. */
  outdated(key: CacheKey, version: number): void {
    this.slots.raiseFloor(key, version);
    const slot = this.slots.peek(key);
    if (slot !== undefined && rankOf(slot.entry) < version) this.slots.delete(key);
  }

  /** The rank of the latest that this process has seen of a key; 0 for none. */
  floorOf(key: CacheKey): number {
    return this.slots.floorOf(this.slots.known(key));
  }

  /** Whether it has an entry of the key, or knows a version of it. */
  hasSeen(key: CacheKey): boolean {
    return this.slots.known(key) !== undefined;
  }

  /** The version that a read would be answered with now; null if L1 would not answer. */
  trustedVersion(key: CacheKey): number | null {
    const slot = this.slots.peek(key);
    if (slot === undefined || slot.suspect || !this.trust.trusts(slot, this.clock.nowMs())) return null;
    return slot.entry.version;
  }

  /** Whether what it has of a key was asked for since the last gap in the invalidations. */
  isOfThisEpoch(key: CacheKey): boolean {
    return this.slots.peek(key)?.epoch === this.trust.epochFor(key);
  }

  /** The entry of a key, trusted or not, within its grace. */
  kept(key: CacheKey): CacheEntry | null {
    const entry = this.slots.peek(key)?.entry;
    return entry === undefined || phaseOf(entry, this.clock.nowMs()) === 'expired' ? null : entry;
  }

  /** The most recently read keys that were read more than once, the last one first. */
  hotKeys(limit: number): CacheKey[] {
    return this.slots.hottest(limit);
  }
}
