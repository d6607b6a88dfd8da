import type { CacheConfig } from '#libs/config';
import { LastingTrouble, ProcessLogger } from '#libs/resilience';
import type { CacheKey, Clock } from './entry/entry.js';
import type { CacheEvents } from './events.js';
import type { L1Slot } from './tiers/l1-slots.js';
import { type DistrustReason, IS_EXPLAINED, type L2TrustState, type NamespaceOwner } from './trust-state.js';

/** Redis is compared with the origin several times a second, unless that cannot be asked. */
const VERIFIED_FOR_MS = 1_000;

/**
 * Whether this process may use the entries of Redis. A Redis that was away, even for a moment, may have missed changes, and looks no
 * different for it. The part that knows how far it has come (the coherence lib) watches, and gives the trust back.
 */
export class L2Trust {
  private readonly trouble = new LastingTrouble(new ProcessLogger('L2Trust'), {
    begun: (why) => `L2 untrusted: ${why}; reads bypass it`,
    over: (seconds) => `L2 trusted again after ${seconds} s`,
    isExplained: (why) => IS_EXPLAINED[why as DistrustReason],
  });
  private current: L2TrustState = { kind: 'unwatched' };
  private owner: NamespaceOwner = 'own';
  private distrusts = 0;
  private why: DistrustReason = 'not compared with Postgres yet';
  private readonly whenGapEnds: (() => void)[] = [];
  private readonly whenUntrusted: (() => void)[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly events: CacheEvents,
  ) {}

  get state(): L2TrustState {
    return this.current;
  }

  get isTrusted(): boolean {
    return this.current.kind !== 'untrusted';
  }

  /** Why it is not trusted; null if it is. */
  get distrustReason(): DistrustReason | null {
    return this.isTrusted ? null : this.why;
  }

  /** Until when everything committed is known to be in Redis, on this process's clock. */
  get asOfMs(): number {
    return this.current.kind === 'unwatched' ? this.clock.nowMs() : this.current.asOfMs;
  }

  /** Whether L1 misses no change of what was loaded since the last gap: L2 is trusted, or lacks only a backlog of before. */
  get isGapless(): boolean {
    return this.current.kind !== 'untrusted' || this.current.news !== null;
  }

  /** Until when everything committed, but for that backlog, is known to be in Redis. */
  get newsAsOfMs(): number {
    return this.current.kind === 'untrusted' ? (this.current.news?.asOfMs ?? this.asOfMs) : this.asOfMs;
  }

  /** Whether what was verified at a moment is known to be right but for the last second; otherwise it is marked as stale. */
  isVerified(nowMs: number, knownAtMs = Number.NEGATIVE_INFINITY): boolean {
    // guard(unverified-is-stale): true
    return nowMs - Math.max(knownAtMs, this.asOfMs) < VERIFIED_FOR_MS;
  }

  /** How often trust was taken: a loss of trust during a check outlives it. */
  get distrustCount(): number {
    return this.distrusts;
  }

  /** L2 is watched from now on, and untrusted until the first check. */
  watch(): void {
    this.current = { kind: 'untrusted', asOfMs: Number.NEGATIVE_INFINITY, news: null };
    this.owner = 'unknown';
    this.events.emit('l2-trust', 'untrusted');
  }

  get namespaceOwner(): NamespaceOwner {
    return this.owner;
  }

  namespaceBelongsTo(owner: NamespaceOwner): void {
    if (this.current.kind !== 'unwatched') this.owner = owner;
    if (owner === 'own') return;
    this.why = 'its watermark is not that of this database';
    if (this.isGapless) this.distrust(this.why);
  }

  close(): void {
    this.trouble.close();
  }

  /** Redis may have missed something. */
  distrust(why: DistrustReason): void {
    if (this.current.kind === 'unwatched') return;
    this.distrusts += 1;
    this.why = why;
    this.trouble.begin(why);
    const { kind, asOfMs } = this.current;
    // guard(l2-becomes-untrusted): = return
    this.current = { kind: 'untrusted', asOfMs, news: null };
    if (kind === 'untrusted') return;
    for (const listener of this.whenUntrusted) listener();
    this.events.emit('l2-trust', 'untrusted');
  }

  /**
   * Everything that was committed at `asOfMs` is in Redis.
   *
   * @param distrustCount as it was before the check began
   */
  verified(asOfMs: number, distrustCount: number): void {
    if (this.current.kind === 'unwatched') return;
    if (/* guard(distrust-outlives-check): false */ distrustCount !== this.distrusts) return;
    const { isTrusted, isGapless } = this;
    this.current = { kind: 'trusted', asOfMs };
    if (isTrusted) return;
    if (!isGapless) for (const listener of this.whenGapEnds) listener();
    this.trouble.end();
    this.events.emit('l2-trust', 'trusted');
  }

  /**
   * Everything that was committed at `asOfMs` is in Redis, but for a part of a backlog: L2 is untrusted, and L1 keeps what is
   * loaded from now on.
   *
   * @param backlog names it: everything of it was committed before this moment
   * @param distrustCount as it was before the check began
   */
  newsVerified(backlog: string, asOfMs: number, distrustCount: number): void {
    if (this.current.kind === 'unwatched' || distrustCount !== this.distrusts) return;
    this.why = 'a backlog of changes is being applied to it';
    if (this.current.kind === 'trusted') this.distrust(this.why);
    const before = this.current.kind === 'untrusted' ? this.current.news : null;
    this.current = { kind: 'untrusted', asOfMs: this.current.asOfMs, news: { backlog, asOfMs } };
    // guard(news-hold-for-later-loads): drop
    if (before?.backlog !== backlog) for (const listener of this.whenGapEnds) listener();
  }

  /** What L1 has of before may have missed a change, and nothing that is asked for from now on will. */
  onGapEnd(listener: () => void): void {
    this.whenGapEnds.push(listener);
  }

  onUntrusted(listener: () => void): void {
    this.whenUntrusted.push(listener);
  }
}

/** A link that has been silent for this long is suspect, whatever its state. */
const LINK_PROOF_MS = 1_000;
const LOOK_AGAIN_MS = 5;

/** The epoch of keys without invalidations. */
const UNTRACKED = -1;

/** The tier that an L1 entry came from. */
export type FilledFrom = 'l2' | 'origin';

/** The facts that trust in an L1 entry depends on. */
export type Trustee = Pick<L1Slot, 'asOfMs' | 'epoch'>;

/**
 * How long L1 is trusted. While it is synced, as long as its entries live; otherwise for `CACHE_L1_UNSYNCED_TTL` from their last
 * confirmation. An epoch is a time without a gap in the invalidations: an entry of an earlier one is suspect.
 */
export class L1Trust {
  private epoch = 0;
  private hearing = false;
  private heardAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly config: CacheConfig,
    private readonly prefixes: { readonly list: readonly string[] },
    private readonly l2Trust: L2Trust,
  ) {
    // guard(epoch-when-l2-is-trusted-again): drop
    l2Trust.onGapEnd(() => this.beginEpoch());
  }

  /** Whether this process receives invalidations. */
  get isLinked(): boolean {
    return this.hearing;
  }

  get isSynced(): boolean {
    return this.hearing && this.l2Trust.isGapless;
  }

  /** Resolves once L1 is synced with a trusted L2, or when that has not happened in time. */
  async syncedWithin(ms: number): Promise<void> {
    const untilMs = this.clock.nowMs() + ms;
    while (!this.isSynced && this.clock.nowMs() < untilMs) await this.clock.wait(LOOK_AGAIN_MS);
  }

  /** The epoch that a value of this key belongs to if it is asked for now. */
  epochFor(key: CacheKey): number {
    return this.prefixes.list.some((prefix) => key.startsWith(prefix)) ? this.epoch : UNTRACKED;
  }

  /**
   * When a value that was asked for was right for sure: what Redis gives is as right as Redis was when it was last
   * compared with the origin.
   */
  asOfMs(askedAtMs: number, filledFrom: FilledFrom): number {
    return filledFrom === 'origin'
      ? askedAtMs
      : /* guard(l2-answer-as-old-as-l2): = askedAtMs */ Math.min(askedAtMs, this.l2Trust.asOfMs);
  }

  trusts({ epoch, asOfMs }: Trustee, nowMs: number): boolean {
    if (epoch !== this.epoch && epoch !== UNTRACKED) return false;
    // guard(l1-is-trusted-briefly-if-unsynced): true
    if (nowMs - asOfMs < this.config.l1UnsyncedTtlMs) return true;
    if (epoch === UNTRACKED) return false;
    // Not by the state of the link alone: a process that was stopped resumes with a link that looks alive.
    if (this.isSynced)
      return /* guard(link-must-have-been-heard): true */ nowMs - this.heardAtMs < LINK_PROOF_MS;
    return nowMs - Math.min(this.heardAtMs, this.l2Trust.asOfMs) < this.config.l1UnsyncedTtlMs;
  }

  /** See `L2Trust.isVerified`. Of an entry that is trusted: its epoch has no gap. */
  isVerified({ asOfMs }: Trustee, nowMs: number): boolean {
    return this.l2Trust.isVerified(nowMs, Math.max(asOfMs, this.l2Trust.newsAsOfMs));
  }

  /** Changes from now on are reported. */
  linked(): void {
    this.hearing = true;
    this.heardAtMs = this.clock.nowMs();
    // guard(epoch-with-every-link): drop
    this.beginEpoch();
  }

  /** The link answered a ping that was sent at `asOfMs`: invalidations from before have arrived. */
  heard(asOfMs: number): void {
    this.heardAtMs = Math.max(this.heardAtMs, asOfMs);
  }

  unlinked(): void {
    this.hearing = false;
  }

  /** All entries of L1 are suspect from now on. */
  beginEpoch(): void {
    this.epoch += 1;
  }
}
