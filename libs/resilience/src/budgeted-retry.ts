import {
  decorrelatedJitterGenerator,
  ExponentialBackoff,
  handleWhen,
  type RetryPolicy,
  retry,
} from 'cockatiel';
import type { Dependency, ResilienceEvents } from './events.js';
import { RetryBudget } from './retry-budget.js';

/** A second try at once: callers wait. Spread all the same, since what failed together would be tried again together. */
const FIRST_DELAY_MS = 5;
const MAX_DELAY_MS = 50;

/** Makes an idempotent call once more where that is likely to help, as long as there is budget for it. */
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
