import { LastingTrouble, ProcessLogger } from '#libs/resilience';
import { Clock } from '../entry/entry.js';
import { CacheEvents } from '../events.js';

/**
 * `unwatched`: Redis is not compared with the origin, so it has to be trusted. `trusted`: everything that was
 * committed at `asOfMs` had reached it. `untrusted`: it may have missed something.
 */
export type L2TrustState =
  | { readonly kind: 'unwatched' }
  | { readonly kind: 'trusted'; readonly asOfMs: number }
  | { readonly kind: 'untrusted'; readonly asOfMs: number };

/**
 * Redis is compared with the origin several times a second. When the last comparison is older than this, the origin cannot be
 * asked, and the commits since then are unknown.
 */
const VERIFIED_FOR_MS = 1_000;

/** Why L2 became untrusted. */
export type DistrustReason =
  | 'not compared with Postgres yet'
  | 'a command failed'
  | 'a tracking link was lost'
  | 'committed changes have not reached it'
  | 'the outbox cannot be compared'
  | 'changes are not recorded'
  | 'the database has a new history'
  | 'its watermark is not that of this database';

/** These follow from what is logged elsewhere: that Redis is away, or that its tracking link is. */
const EXPLAINED: ReadonlySet<string> = new Set<DistrustReason>([
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
 * Whether this process may use the entries of Redis. A Redis that was away, even for a moment, may have missed changes
 * that were committed meanwhile, and looks no different for it. The part that knows how far it has come (the coherence lib)
 * watches, and gives the trust back.
 */
export class L2Trust {
  private readonly trouble = new LastingTrouble(new ProcessLogger('L2Trust'), {
    begun: (why) => `L2 untrusted: ${why}; reads bypass it`,
    over: (seconds) => `L2 trusted again after ${seconds} s`,
    isExplained: (why) => EXPLAINED.has(why),
  });
  private current: L2TrustState = { kind: 'unwatched' };
  private owner: NamespaceOwner = 'own';
  private distrusts = 0;
  private why: DistrustReason = 'not compared with Postgres yet';
  private readonly whenRegained: (() => void)[] = [];
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

  /**
   * Whether an entry that was verified at a moment, or invalidated by Redis since, is known to be right now but for the last
   * second. An entry that is not may be served, and is marked as stale.
   *
   * @param knownAtMs default: never
   */
  isVerified(nowMs: number, knownAtMs = Number.NEGATIVE_INFINITY): boolean {
    // guard(unverified-is-stale): true
    return nowMs - Math.max(knownAtMs, this.asOfMs) < VERIFIED_FOR_MS;
  }

  /** How often trust was taken; to be remembered before a check, since a loss of trust during it outlives it. */
  get distrustCount(): number {
    return this.distrusts;
  }

  /** L2 is watched from now on, and untrusted until the first check. */
  watch(): void {
    this.current = { kind: 'untrusted', asOfMs: Number.NEGATIVE_INFINITY };
    this.owner = 'unknown';
    this.events.emit('l2-trust', 'untrusted');
  }

  /**
   * Nothing is written to a namespace before it is known to be this database's, and nothing is read from a foreign one: two
   * databases have rows of the same ids.
   */
  get namespaceOwner(): NamespaceOwner {
    return this.owner;
  }

  namespaceBelongsTo(owner: NamespaceOwner): void {
    if (this.current.kind !== 'unwatched') this.owner = owner;
    if (owner === 'own') return;
    this.why = 'its watermark is not that of this database';
    if (this.isTrusted) this.distrust(this.why);
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
    if (this.current.kind === 'untrusted') return;
    // guard(l2-becomes-untrusted): = return
    this.current = { kind: 'untrusted', asOfMs: this.current.asOfMs };
    for (const listener of this.whenUntrusted) listener();
    this.events.emit('l2-trust', 'untrusted');
  }

  /**
   * Everything that was committed at `asOfMs` is in Redis.
   *
   * @param distrustCount as it was before the check began
   */
  verified(asOfMs: number, distrustCount: number): void {
    if (
      this.current.kind === 'unwatched' ||
      /* guard(distrust-outlives-check): false */ distrustCount !== this.distrusts
    )
      return;
    const regained = this.current.kind === 'untrusted';
    this.current = { kind: 'trusted', asOfMs };
    if (!regained) return;
    for (const listener of this.whenRegained) listener();
    this.trouble.end();
    this.events.emit('l2-trust', 'trusted');
  }

  onRegained(listener: () => void): void {
    this.whenRegained.push(listener);
  }

  onUntrusted(listener: () => void): void {
    this.whenUntrusted.push(listener);
  }
}
