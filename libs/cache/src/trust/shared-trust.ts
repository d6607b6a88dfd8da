import { Injectable, Logger } from '@nestjs/common';
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
 * asked, and nobody knows what was committed since.
 */
const VERIFIED_FOR_MS = 1_000;

/** What raises a doubt. */
export type DoubtReason =
  | 'a command failed'
  | 'a tracking link was lost'
  | 'committed changes have not reached it';

/**
 * Whether this process may believe what Redis holds. A Redis that was away, even for a moment, may have missed changes
 * that were committed meanwhile, and looks no different for it. Whoever knows how far it has come (the coherence lib)
 * watches, and gives the trust back.
 */
@Injectable()
export class SharedTrust {
  private readonly logger = new Logger('SharedTrust');
  private current: SharedTrustState = { kind: 'unwatched' };
  private doubts = 0;
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
    return nowMs - Math.max(knownAtMs, this.asOfMs) < VERIFIED_FOR_MS;
  }

  /** How many doubts there were; to be remembered before a check, since a doubt during it outlives it. */
  get doubtCount(): number {
    return this.doubts;
  }

  /** Someone watches from now on. Nothing is believed until they have looked. */
  watch(): void {
    this.current = { kind: 'doubted', asOfMs: Number.NEGATIVE_INFINITY };
  }

  /** Redis may have missed something. */
  doubt(why: DoubtReason): void {
    if (this.current.kind === 'unwatched') return;
    this.doubts += 1;
    if (this.current.kind === 'doubted') return;
    this.current = { kind: 'doubted', asOfMs: this.current.asOfMs };
    for (const listener of this.whenDoubted) listener();
    this.logger.warn(`Redis is not believed for now: ${why}`);
    this.events.emit('shared-trust', 'doubted');
  }

  /**
   * Everything that was committed at `asOfMs` is in Redis.
   *
   * @param doubtCount as it was before the check began
   */
  verified(asOfMs: number, doubtCount: number): void {
    if (this.current.kind === 'unwatched' || doubtCount !== this.doubts) return;
    const regained = this.current.kind === 'doubted';
    this.current = { kind: 'trusted', asOfMs };
    if (!regained) return;
    for (const listener of this.whenRegained) listener();
    this.logger.log('Redis is believed');
    this.events.emit('shared-trust', 'trusted');
  }

  onRegained(listener: () => void): void {
    this.whenRegained.push(listener);
  }

  onDoubted(listener: () => void): void {
    this.whenDoubted.push(listener);
  }
}
