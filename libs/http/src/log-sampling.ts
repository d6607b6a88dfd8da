import type { LogConfig } from '#libs/config';

/** The facts that decide whether an answer is logged. */
export interface Loggable {
  readonly status: number;
  readonly ms: number;
}

/**
 * A temporary refusal. While a dependency is away, or traffic is shed, there are thousands of them; they are summed up, see
 * RefusalSummary.
 */
export const REFUSED = 503;

/**
 * The share of such answers that get a line: every fault of the service, every slow answer, and `sampleRate` of the rest,
 * refusals among them.
 *
 * @returns 1 if it is certain
 */
export function shareOf(
  { status, ms }: Loggable,
  { slowMs, sampleRate }: Pick<LogConfig, 'slowMs' | 'sampleRate'>,
): number {
  const isCertain = status !== REFUSED && (status >= 500 || ms >= slowMs);
  return isCertain ? 1 : sampleRate;
}

/** The sample rate of the moment: of the first answers of a second all, where the configuration says so. */
export class SampleRate {
  private sinceMs = Number.NEGATIVE_INFINITY;
  private answers = 0;

  /** @param nowMs a clock, in milliseconds */
  constructor(
    private readonly config: Pick<LogConfig, 'sampleRate' | 'allUpTo'>,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** @returns the rate for the next answer */
  next(): number {
    const { sampleRate, allUpTo } = this.config;
    if (allUpTo === 0) return sampleRate;
    const nowMs = this.nowMs();
    if (nowMs - this.sinceMs >= 1_000) {
      this.sinceMs = nowMs;
      this.answers = 0;
    }
    this.answers += 1;
    return this.answers <= allUpTo ? 1 : sampleRate;
  }
}
