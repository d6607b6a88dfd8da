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
 * Whether an answer gets a line: every fault of the service, every slow answer, and a random share of the rest,
 * refusals among them.
 *
 * @param random a number in [0, 1)
 */
export function isLogged(
  { status, ms }: Loggable,
  { slowMs, sampleRate }: Pick<LogConfig, 'slowMs' | 'sampleRate'>,
  random: () => number,
): boolean {
  const isCertain = status !== REFUSED && (status >= 500 || ms >= slowMs);
  return isCertain || random() < sampleRate;
}

/** The share of answers that get a line: of the first ones of a second all, where the configuration says so. */
export class SampleRate {
  private sinceMs = Number.NEGATIVE_INFINITY;
  private answers = 0;

  /** @param nowMs a clock, in milliseconds */
  constructor(
    private readonly config: Pick<LogConfig, 'sampleRate' | 'allUpTo'>,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** @returns the share for the next answer */
  next(): number {
    const { sampleRate, allUpTo } = this.config;
    if (allUpTo === 0) return sampleRate;
    if (this.nowMs() - this.sinceMs >= 1_000) {
      this.sinceMs = this.nowMs();
      this.answers = 0;
    }
    this.answers += 1;
    return this.answers <= allUpTo ? 1 : sampleRate;
  }
}
