import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/cache';

/** So many loads may be asked for at once, by one client or by all. */
const MOST_LOADS = 5_000;
/** Then so many a second: about a tenth of what a process can do. */
const LOADS_PER_SECOND = 1_000;

/**
 * Bounds what `Cache-Control: no-cache` in requests may cost a process. Anyone can send it, with any address, and each such request
 * loads all that its answer is made of: a page of 100 entities costs as much as 400 hits.
 *
 * Request directives are advice (RFC 9111 §5.2.1). In a flood of them the rest is answered as without: from the tiers, which
 * follow every recorded change, and with a `Cache-Status` that says so.
 */
@Injectable()
export class OriginRequests {
  private allowed = MOST_LOADS;
  private countedAtMs: number;

  constructor(private readonly clock: Clock) {
    this.countedAtMs = clock.nowMs();
  }

  /**
   * @param loads how many the request needs, at least 1
   * @returns whether it may make them now; they count then
   */
  admit(loads: number): boolean {
    const nowMs = this.clock.nowMs();
    const earned = ((nowMs - this.countedAtMs) / 1_000) * LOADS_PER_SECOND;
    this.allowed = Math.min(MOST_LOADS, this.allowed + earned);
    this.countedAtMs = nowMs;
    // guard(origin-requests-are-bounded): false
    if (this.allowed < loads) return false;
    this.allowed -= loads;
    return true;
  }
}
