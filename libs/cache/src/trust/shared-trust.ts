import { LastingTrouble, ProcessLogger } from '#libs/resilience';
import { Clock } from '../clock.js';
import { CacheEvents } from '../events.js';

/**
 * `unwatched`: nobody compares Redis with the source, so it has to be believed. `trusted`: everything that was
 * committed at `asOfMs` had reached it. `doubted`: it may have missed something.
 */
export type SharedTrustState =
  | { readonly kind: 'unwatched' }
  | { readonly kind: 'trusted'; readonly asOfMs: number }
  | { readonly kind: 'doubted'; readonly asOfMs: number };

/**
 * Redis is compared with the source several times a second. When the last comparison is older than this, the source can not be
 * asked, and the commits since then are unknown.
 */
const VERIFIED_FOR_MS = 1_000;

/** Why L2 became untrusted. */
export type DoubtReason =
  | 'not compared with Postgres yet'
  | 'a command failed'
  | 'a tracking link was lost'
  | 'committed changes have not reached it'
  | 'the outbox cannot be compared'
  | 'changes are not recorded'
  | 'the database has a new history'
  | 'its watermark is not that of this database';

/** These follow from what is logged elsewhere: that Redis is away, or that its tracking link is. */
const EXPLAINED: ReadonlySet<string> = new Set<DoubtReason>([
  'not compared with Postgres yet',
  'a command failed',
  'a tracking link was lost',
  'changes are not recorded',
]);

/**
 * Whose entries Redis holds in this service's namespace. `foreign`: those of a service over another database, which is alive.
 * `unknown`: its watermark is missing, or of another database or history than the one that answers now.
 */
export type NamespaceOwner = 'own' | 'foreign' | 'unknown';

/**
 * Whether this process may believe what Redis holds. A Redis that was away, even for a moment, may have missed changes
 * that were committed meanwhile, and looks no different for it. Whoever knows how far it has come (the coherence lib)
 * watches, and gives the trust back.
 */
export class SharedTrust {
  private readonly trouble = new LastingTrouble(new ProcessLogger('SharedTrust'), {
    begun: (why) => `L2 untrusted: ${why}; reads bypass it`,
    over: (seconds) => `L2 trusted again after ${seconds} s`,
    isExplained: (why) => EXPLAINED.has(why),
  });
  private current: SharedTrustState = { kind: 'unwatched' };
  private owner: NamespaceOwner = 'own';
  private doubts = 0;
  private why: DoubtReason = 'not compared with Postgres yet';
  private readonly whenRegained: (() => void)[] = [];
  private readonly whenDoubted: (() => void)[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly events: CacheEvents,
  ) {}

  get state(): SharedTrustState {
    return this.current;
  }

  get isTrusted(): boolean {
    return this.current.kind !== 'doubted';
  }

  /** Why it is not trusted; null if it is. */
  get doubtReason(): DoubtReason | null {
    return this.isTrusted ? null : this.why;
  }

  /** Until when everything committed is known to be in Redis, on this process's clock. */
  get asOfMs(): number {
    return this.current.kind === 'unwatched' ? this.clock.nowMs() : this.current.asOfMs;
  }

  /**
   * Whether what was known to be right at a moment, or what Redis told of since, is known to be right now but for the last
   * second. What is not may be served, and is told as stale.
   *
   * @param knownAtMs default: never
   */
  isVerified(nowMs: number, knownAtMs = Number.NEGATIVE_INFINITY): boolean {
    // guard(unverified-is-stale): true
    return nowMs - Math.max(knownAtMs, this.asOfMs) < VERIFIED_FOR_MS;
  }

  /** How many doubts there were; to be remembered before a check, since a doubt during it outlives it. */
  get doubtCount(): number {
    return this.doubts;
  }

  /** L2 is watched from now on, and untrusted until the first check. */
  watch(): void {
    this.current = { kind: 'doubted', asOfMs: Number.NEGATIVE_INFINITY };
    this.owner = 'unknown';
    this.events.emit('shared-trust', 'doubted');
  }

  /**
   * Nothing is written to a namespace before it is known to be this database's, and nothing is read from a foreign one: two
   * databases have products of the same ids.
   */
  get namespaceOwner(): NamespaceOwner {
    return this.owner;
  }

  namespaceBelongsTo(owner: NamespaceOwner): void {
    if (this.current.kind !== 'unwatched') this.owner = owner;
    if (owner === 'own') return;
    this.why = 'its watermark is not that of this database';
    if (this.isTrusted) this.doubt(this.why);
  }

  close(): void {
    this.trouble.close();
  }

  /** Redis may have missed something. */
  doubt(why: DoubtReason): void {
    if (this.current.kind === 'unwatched') return;
    this.doubts += 1;
    this.why = why;
    this.trouble.begin(why);
    if (this.current.kind === 'doubted') return;
    // guard(l2-becomes-untrusted): = return
    this.current = { kind: 'doubted', asOfMs: this.current.asOfMs };
    for (const listener of this.whenDoubted) listener();
    this.events.emit('shared-trust', 'doubted');
  }

  /**
   * Everything that was committed at `asOfMs` is in Redis.
   *
   * @param doubtCount as it was before the check began
   */
  verified(asOfMs: number, doubtCount: number): void {
    if (
      this.current.kind === 'unwatched' ||
      /* guard(doubt-outlives-check): false */ doubtCount !== this.doubts
    )
      return;
    const regained = this.current.kind === 'doubted';
    this.current = { kind: 'trusted', asOfMs };
    if (!regained) return;
    for (const listener of this.whenRegained) listener();
    this.trouble.end();
    this.events.emit('shared-trust', 'trusted');
  }

  onRegained(listener: () => void): void {
    this.whenRegained.push(listener);
  }

  onDoubted(listener: () => void): void {
    this.whenDoubted.push(listener);
  }
}
