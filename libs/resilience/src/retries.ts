import {
  decorrelatedJitterGenerator,
  ExponentialBackoff,
  handleWhen,
  type RetryPolicy,
  retry,
} from 'cockatiel';
import type { DependencyPolicy } from './dependency-policy.js';
import type { Dependency, ResilienceEvents } from './events.js';

/** Retries that a quiet process has before it has earned any. */
const RESERVE = 10;

/**
 * A token bucket that calls fill and retries empty, so that retries stay a small share of all calls. Without it a
 * dependency that fails everyone is asked twice as often, just when it can bear that least
 * (Site Reliability Engineering, "Handling Overload", ch. 21).
 */
export class RetryBudget {
  private tokens = RESERVE;

  /** @param share retries for each call, at most; default 0.1 */
  constructor(private readonly share = 0.1) {}

  /** A call was made. */
  earn(): void {
    this.tokens = Math.min(RESERVE, this.tokens + this.share);
  }

  /** @returns whether a retry may be made; it is paid for then */
  spend(): boolean {
    // guard(retries-have-a-budget): drop
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}

/** A second try immediately: callers wait. It is still spread, since calls that failed together would be retried together. */
const FIRST_DELAY_MS = 5;
const MAX_DELAY_MS = 50;

/** Retries an idempotent call once if that is likely to help and the budget allows it. */
export class BudgetedRetry {
  private readonly policy: RetryPolicy;

  /** @param isWorthIt whether an error says that the same call may succeed now */
  constructor(
    private readonly dependency: Dependency,
    isWorthIt: (error: unknown) => boolean,
    private readonly events: ResilienceEvents,
    private readonly budget = new RetryBudget(),
  ) {
    this.policy = retry(handleWhen(isWorthIt), {
      maxAttempts: 1,
      backoff: new ExponentialBackoff({
        initialDelay: FIRST_DELAY_MS,
        maxDelay: MAX_DELAY_MS,
        generator: decorrelatedJitterGenerator,
      }),
    });
  }

  /**
   * @param signal ends the trying
   * @throws what the last try threw
   */
  run<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    let failure: unknown;
    return this.policy.execute(async ({ attempt }) => {
      if (attempt === 0) this.budget.earn();
      else if (!this.mayRetry()) throw failure;
      try {
        return await call();
      } catch (error) {
        failure = error;
        throw error;
      }
    }, signal);
  }

  private mayRetry(): boolean {
    const may = this.budget.spend();
    this.events.emit('retry', this.dependency, may ? 'made' : 'refused');
    return may;
  }
}

/** From attempt to attempt. Gentle, so that a short outage is found over after a third more of its time. */
const GROWTH = 1.5;

/** How long to wait before each next attempt: longer each time, and spread, since a fleet is refused together. */
export class BackOff {
  private nextPauseMs: number;

  /**
   * @param firstMs the first pause
   * @param lastMs none is longer
   */
  constructor(
    private readonly firstMs: number,
    private readonly lastMs: number,
  ) {
    this.nextPauseMs = firstMs;
  }

  /** @returns the pause before the next attempt, in milliseconds */
  nextMs(): number {
    const pauseMs = this.nextPauseMs;
    this.nextPauseMs = Math.min(this.lastMs, pauseMs * GROWTH);
    return pauseMs * (0.75 + Math.random() / 4);
  }

  reset(): void {
    this.nextPauseMs = this.firstMs;
  }
}

const PROBE_EVERY_MS = 500;

/**
 * Asks a dependency for a sign of life while its breaker is open. The open time is how long callers are spared, not how
 * long the fault lasts: without this all callers would wait it out if no client probes the service's health.
 */
export class RecoveryProbe {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  /** @param probe bypasses the breaker, and closes it if it is answered */
  constructor(
    private readonly policy: DependencyPolicy,
    private readonly probe: () => Promise<void>,
  ) {
    policy.onOpened(() => this.schedule());
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private schedule(): void {
    if (this.stopped || this.timer !== undefined) return;
    this.timer = setTimeout(() => void this.ask(), PROBE_EVERY_MS).unref();
  }

  private async ask(): Promise<void> {
    // Still away: asked again below.
    await this.probe().catch(() => undefined);
    this.timer = undefined;
    if (this.policy.state !== 'closed') this.schedule();
  }
}
