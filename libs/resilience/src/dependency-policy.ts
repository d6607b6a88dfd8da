import {
  type BulkheadPolicy,
  bulkhead,
  CircuitBreakerPolicy,
  CircuitState,
  circuitBreaker,
  handleAll,
  handleWhen,
  type IPolicy,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';
import type { BreakerState, Dependency, ResilienceEvents } from './events.js';
import { FailureWindow } from './failure-window.js';
import type { Outcome } from './outcome.js';

/** How many calls may be under way at once, and how many more may wait for a place. */
export interface Places {
  readonly concurrency: number;
  readonly queue: number;
}

/** A way through a policy. */
export interface Lane {
  run<T>(call: (signal: AbortSignal) => Promise<T>): Promise<Outcome<T>>;
}

export interface DependencyPolicyOptions {
  readonly dependency: Dependency;
  /** A call that takes longer fails, in milliseconds. */
  readonly timeoutMs: number;
  readonly failures: number;
  readonly windowMs: number;
  readonly openMs: number;
  /** Calls at once, and how many more may wait for a place; the rest is refused. Default: no bound. */
  readonly bulkhead?: Places;
  /**
   * Whether an error says that the dependency is unwell, and so counts. A broken unique key or a bad statement
   * is a healthy server's answer. Default: every error counts.
   */
  readonly countsAsFailure?: (error: unknown) => boolean;
}

const STATES: Record<CircuitState, BreakerState> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Isolated]: 'open',
};

/** A timeout inside a breaker inside a bulkhead around every call to one dependency. */
export class DependencyPolicy implements Lane {
  // Outlives a breaker that is replaced: the calls that hold its places are still under way.
  private readonly bulkhead: BulkheadPolicy | undefined;
  private readonly whenOpened: (() => void)[] = [];
  private breaker: CircuitBreakerPolicy;
  private guarded: IPolicy<{ signal: AbortSignal }>;

  constructor(
    private readonly options: DependencyPolicyOptions,
    private readonly events: ResilienceEvents,
    private readonly nowMs: () => number = Date.now,
  ) {
    const { bulkhead: places } = options;
    this.bulkhead = places && bulkhead(places.concurrency, places.queue);
    ({ breaker: this.breaker, guarded: this.guarded } = this.compose());
  }

  get state(): BreakerState {
    return STATES[this.breaker.state];
  }

  /**
   * Calls the dependency, or skips it while the breaker is open. Never throws.
   *
   * @param call given a signal that aborts when the time is up, so that the work is really cancelled
   */
  run<T>(call: (signal: AbortSignal) => Promise<T>): Promise<Outcome<T>> {
    return this.through(this.bulkhead, call);
  }

  /**
   * A second way through, with places of its own behind the same breaker: a flood on one way leaves the other free,
   * and what either learns of the dependency holds for both.
   */
  lane({ concurrency, queue }: Places): Lane {
    const places = bulkhead(concurrency, queue);
    return { run: (call) => this.through(places, call) };
  }

  private async through<T>(
    places: BulkheadPolicy | undefined,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<Outcome<T>> {
    // Asked for only when the call's turn has come: the breaker may have been replaced while it waited.
    const guarded = () => this.guarded.execute(({ signal }) => call(signal));
    try {
      return { kind: 'answered', value: await (places === undefined ? guarded() : places.execute(guarded)) };
    } catch (error) {
      if (isBrokenCircuitError(error)) return { kind: 'skipped', why: 'breaker-open' };
      if (isBulkheadRejectedError(error)) return { kind: 'skipped', why: 'bulkhead-full' };
      return { kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  /**
   * Closes the breaker at once. For whoever has seen the dependency answer by other means (a new connection,
   * a probe): callers should not wait out the open time of a fault that is known to be over.
   */
  recovered(): void {
    if (this.breaker.state === CircuitState.Closed) return;
    ({ breaker: this.breaker, guarded: this.guarded } = this.compose());
    this.tell('closed');
  }

  /** @param listener told when calls begin to be skipped */
  onOpened(listener: () => void): void {
    this.whenOpened.push(listener);
  }

  private compose() {
    const { failures, windowMs, openMs, timeoutMs, countsAsFailure } = this.options;
    const handled = countsAsFailure === undefined ? handleAll : handleWhen(countsAsFailure);
    const breaker = circuitBreaker(handled, {
      halfOpenAfter: openMs,
      breaker: new FailureWindow(failures, windowMs, this.nowMs),
    });
    breaker.onStateChange((state) => {
      if (breaker === this.breaker) this.tell(STATES[state]);
    });
    // A call that has ended needs no abort: each would make an error, stack and all, that nobody sees.
    const deadline = { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false };
    return { breaker, guarded: wrap(breaker, timeout(timeoutMs, deadline)) };
  }

  private tell(to: BreakerState): void {
    if (to === 'open') for (const listener of this.whenOpened) listener();
    this.events.emit('transition', { dependency: this.options.dependency, to });
  }
}
