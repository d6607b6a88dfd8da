import type { EntryTimes } from '#libs/cache';
import type { TierName } from '#libs/cache/events';

/**
 * What is left of an entry's fresh time, as answers state it; negative for an entry that is stale, or that could not be
 * say whether it is still true.
 */
export function ttlSeconds({ freshUntilMs }: EntryTimes, nowMs: number, verified: boolean): number {
  const seconds = Math.round((freshUntilMs - nowMs) / 1_000);
  return verified ? seconds : Math.min(-1, seconds);
}

/** How long ago an entry was loaded, as answers state it (`Age`, RFC 9111 §5.1). */
export function ageSeconds({ loadedAtMs }: EntryTimes, nowMs: number): number {
  return Math.max(0, Math.floor((nowMs - loadedAtMs) / 1_000));
}

/** How an answer that a tier had was come by (`Cache-Status`, RFC 9211). */
export function hitStatus(ttl: number, tier: TierName): string {
  return `hotshelf; hit; ttl=${ttl}; detail=${tier}`;
}

/** The header values of a hit that change with the seconds. */
export interface HitHeaders {
  readonly cacheStatus: string;
  readonly age: string;
  /** All headers about the entry as lines, once they were composed. */
  lines: string | null;
}

/** Those of an entry that came from Redis just now. */
export function l2HitHeaders(entry: EntryTimes, nowMs: number, verified: boolean): HitHeaders {
  return {
    cacheStatus: hitStatus(ttlSeconds(entry, nowMs, verified), 'redis'),
    age: String(ageSeconds(entry, nowMs)),
    lines: null,
  };
}

/**
 * The header values of a hit in L1 that change with the seconds. They are made once for each second in which the
 * entry is asked for, and not once for each answer.
 */
export class HitHead implements HitHeaders {
  cacheStatus = '';
  age = '';
  lines: string | null = null;
  private verified = true;
  private untilMs = Number.NEGATIVE_INFINITY;

  /** Brings the values up to a moment. */
  update(nowMs: number, entry: EntryTimes, verified: boolean): void {
    if (nowMs < this.untilMs && verified === this.verified) return;
    const left = ttlSeconds(entry, nowMs, true);
    const age = ageSeconds(entry, nowMs);
    this.cacheStatus = hitStatus(ttlSeconds(entry, nowMs, verified), 'l1');
    this.age = String(age);
    this.lines = null;
    this.verified = verified;
    this.untilMs = Math.min(entry.freshUntilMs - (left - 0.5) * 1_000, entry.loadedAtMs + (age + 1) * 1_000);
  }
}
