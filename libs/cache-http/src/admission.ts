import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/cache';
import type { HttpRequest } from '#libs/http';

/** Asked before a request makes the cache look beyond L1. It is never asked about an answer from L1. */
export abstract class MissAdmission {
  /** Whether no miss would be refused at this moment, so that there is no need to ask. */
  abstract get isOpen(): boolean;

  /** @throws whatever ends a request that asks too much */
  abstract admit(request: HttpRequest): Promise<void>;
}

/** Lets everyone in. */
export class OpenMissAdmission extends MissAdmission {
  readonly isOpen = true;

  async admit(): Promise<void> {}
}

/** `no-cache` as a request directive (RFC 9111 §5.2.1.4): do not answer from a stored response. */
export function asksForOrigin(cacheControl: string | undefined): boolean {
  return cacheControl !== undefined && /(?:^|[\s,])no-cache(?:$|[\s,])/i.test(cacheControl);
}

/** So many loads may be asked for at once, by one client or by all. */
const MOST_LOADS = 5_000;
/** Then so many a second: a small part of what a process can do. */
const LOADS_PER_SECOND = 1_000;

/**
 * Bounds what `Cache-Control: no-cache` in requests may cost a process. Any client can send it, with any address, and each such
 * request loads all that its answer is made of: a page of 100 entities costs 100 loads.
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
