import { Injectable } from '@nestjs/common';
import { CacheConfig } from '#libs/config';
import { Clock } from '../clock.js';
import type { CacheKey } from '../entry/entry.js';
import { SharedTrust } from './shared-trust.js';
import { TrackedPrefixes } from './tracked-prefixes.js';

/** A link that has been silent for this long is suspect, whatever it is believed to be. */
const LINK_PROOF_MS = 1_000;

const LOOK_AGAIN_MS = 5;

/** The epoch of what no invalidation will ever be told of. */
const UNTRACKED = -1;

/** Where a value in memory came from. */
export type ValueSource = 'redis' | 'origin';

/** What trust in a piece of memory depends on. */
export interface Trustee {
  /** The epoch in which its value was asked for. */
  readonly epoch: number;
  /** It is known to have been right then. */
  readonly asOfMs: number;
}

/**
 * How long memory may be believed. While invalidations are heard, as long as its entries live; otherwise for
 * `CACHE_L1_UNSYNCED_TTL` from when they were last known to be right. An epoch is a time without a gap in what was
 * heard: what was filled in an earlier one is never trusted again, since nobody knows what was not heard between them.
 */
@Injectable()
export class MemoryTrust {
  private epoch = 0;
  private hearing = false;
  private heardAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly config: CacheConfig,
    private readonly prefixes: TrackedPrefixes,
    private readonly shared: SharedTrust,
  ) {
    shared.onRegained(() => this.beginEpoch());
  }

  /** Whether changes are told to this process. */
  get isLinked(): boolean {
    return this.hearing;
  }

  get isSynced(): boolean {
    return this.hearing && this.shared.isTrusted;
  }

  /** Resolves once memory is told of changes by a Redis that is believed, or when that has not come about in time. */
  async syncedWithin(ms: number): Promise<void> {
    const untilMs = this.clock.nowMs() + ms;
    while (!this.isSynced && this.clock.nowMs() < untilMs) await this.clock.wait(LOOK_AGAIN_MS);
  }

  /** The epoch that a value of this key belongs to when it is asked for now. */
  epochFor(key: CacheKey): number {
    return this.prefixes.list.some((prefix) => key.startsWith(prefix)) ? this.epoch : UNTRACKED;
  }

  /**
   * When a value that was asked for was right for sure: what Redis gives is as right as Redis was when it was last
   * compared with the source.
   */
  asOfMs(askedAtMs: number, source: ValueSource): number {
    return source === 'origin' ? askedAtMs : Math.min(askedAtMs, this.shared.asOfMs);
  }

  trusts({ epoch, asOfMs }: Trustee, nowMs: number): boolean {
    const { l1UnsyncedTtlMs } = this.config;
    if (epoch !== this.epoch && epoch !== UNTRACKED) return false;
    if (nowMs - asOfMs < l1UnsyncedTtlMs) return true;
    if (epoch === UNTRACKED) return false;
    // Not by what the link is believed to be alone: a process that was stopped wakes up with a link that looks alive.
    if (this.isSynced) return nowMs - this.heardAtMs < LINK_PROOF_MS;
    return nowMs - Math.min(this.heardAtMs, this.shared.asOfMs) < l1UnsyncedTtlMs;
  }

  /** Whether what is trusted is known to be right, but for the last moment; see `SharedTrust.isVerified`. */
  isVerified({ asOfMs }: Trustee, nowMs: number): boolean {
    return this.shared.isVerified(nowMs, asOfMs);
  }

  /** The link stands, and what changes from now on is told. */
  linked(): void {
    this.hearing = true;
    this.heardAtMs = this.clock.nowMs();
    this.beginEpoch();
  }

  /** The link answered a question that was asked at `asOfMs`: whatever was told before has arrived. */
  heard(asOfMs: number): void {
    this.heardAtMs = Math.max(this.heardAtMs, asOfMs);
  }

  unlinked(): void {
    this.hearing = false;
  }

  /** Nothing that memory holds is trusted any more until it was compared. */
  beginEpoch(): void {
    this.epoch += 1;
  }
}
