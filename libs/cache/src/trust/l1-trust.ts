import { CacheConfig } from '#libs/config';
import { type CacheKey, Clock } from '../entry/entry.js';
import { L2Trust } from './l2-trust.js';

/**
 * The prefixes of the keys whose invalidations L1 receives. A key with another prefix is right within
 * `CACHE_L1_UNSYNCED_TTL` only, as if there were no link.
 */
export class TrackedPrefixes {
  /** @throws TypeError if one begins with another: Redis refuses those */
  constructor(readonly list: readonly string[]) {
    for (const [n, prefix] of list.entries()) {
      const other = list.find((candidate, m) => m !== n && candidate.startsWith(prefix));
      if (other !== undefined) throw new TypeError(`tracked prefixes overlap: ${prefix} and ${other}`);
    }
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
export interface Trustee {
  /** The epoch in which its value was asked for. */
  readonly epoch: number;
  /** It is known to have been right then. */
  readonly asOfMs: number;
}

/**
 * How long L1 is trusted. While it is synced, as long as its entries live; otherwise for `CACHE_L1_UNSYNCED_TTL` from
 * their last confirmation. An epoch is a time without a gap in the invalidations: an entry of an earlier one is
 * suspect, since changes may have been missed between them.
 */
export class L1Trust {
  private epoch = 0;
  private hearing = false;
  private heardAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: Clock,
    private readonly config: CacheConfig,
    private readonly prefixes: TrackedPrefixes,
    private readonly l2Trust: L2Trust,
  ) {
    // guard(epoch-when-l2-is-trusted-again): drop
    l2Trust.onRegained(() => this.beginEpoch());
  }

  /** Whether this process receives invalidations. */
  get isLinked(): boolean {
    return this.hearing;
  }

  get isSynced(): boolean {
    return this.hearing && this.l2Trust.isTrusted;
  }

  /** Resolves once L1 is synced with a trusted L2, or when that has not happened in time. */
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
   * compared with the origin.
   */
  asOfMs(askedAtMs: number, filledFrom: FilledFrom): number {
    return filledFrom === 'origin'
      ? askedAtMs
      : /* guard(l2-answer-as-old-as-l2): = askedAtMs */ Math.min(askedAtMs, this.l2Trust.asOfMs);
  }

  trusts({ epoch, asOfMs }: Trustee, nowMs: number): boolean {
    const { l1UnsyncedTtlMs } = this.config;
    if (epoch !== this.epoch && epoch !== UNTRACKED) return false;
    // guard(l1-is-trusted-briefly-if-unsynced): true
    if (nowMs - asOfMs < l1UnsyncedTtlMs) return true;
    if (epoch === UNTRACKED) return false;
    // Not by the state of the link alone: a process that was stopped resumes with a link that looks alive.
    if (this.isSynced)
      return /* guard(link-must-have-been-heard): true */ nowMs - this.heardAtMs < LINK_PROOF_MS;
    return nowMs - Math.min(this.heardAtMs, this.l2Trust.asOfMs) < l1UnsyncedTtlMs;
  }

  /** Whether what is trusted is known to be right, but for the last moment; see `L2Trust.isVerified`. */
  isVerified({ asOfMs }: Trustee, nowMs: number): boolean {
    return this.l2Trust.isVerified(nowMs, asOfMs);
  }

  /** The link is up, and changes from now on are reported. */
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
