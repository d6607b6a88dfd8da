import {
  BrokenCircuitError,
  CircuitBreakerPolicy,
  CircuitState,
  circuitBreaker,
  handleAll,
  handleWhen,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  TaskCancelledError,
} from 'cockatiel';
import type { ResilienceConfig } from '#libs/config';
import type { BreakerState, BulkheadName, Dependency, ResilienceEvents } from './events.js';
import { isRedisUnwell } from './faults.js';
import { Bulkhead, type BulkheadOptions, FailureWindow, NoSlotError } from './policy-parts.js';

/**
 * The outcome of a call to a dependency. `skipped` costs nothing and says nothing new about the dependency, so it is
 * neither logged nor counted as a failure.
 */
export type Outcome<T> =
  | { readonly kind: 'answered'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: Error }
  | {
      readonly kind: 'skipped';
      readonly why: 'breaker-open' | 'bulkhead-full' | 'disconnected' | 'refused' | 'absent';
    };

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
  /** Concurrent calls, and how many more may wait for a slot, and for how long. Default: no bound. */
  readonly bulkhead?: BulkheadOptions;
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

/** The signal of calls that take none. */
const NEVER = new AbortController().signal;

/**
 * Gives a call so much time, and aborts it then, without waiting for its end. Each command of Redis and each statement passes
 * here, so it is one timer and no more: a timeout policy of cockatiel has listeners and a race for each call. A call that takes no
 * signal cannot be cancelled, and none is made for it.
 *
 * @throws TaskCancelledError; what the call throws
 */
function within<T>(timeoutMs: number, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const aborting = call.length === 0 ? null : new AbortController();
    let isOver = false;
    const expire = () => {
      if (isOver) return;
      reject(new TaskCancelledError(`Operation timed out after ${timeoutMs}ms`));
      aborting?.abort();
    };
    // Timers come before sockets: a loop that stood still reads first what has arrived meanwhile. Not the dependency was late then.
    const timer = setTimeout(() => setImmediate(expire), timeoutMs);
    const ending =
      <V>(settle: (outcome: V) => void) =>
      (outcome: V) => {
        isOver = true;
        clearTimeout(timer);
        settle(outcome);
      };
    try {
      call(aborting?.signal ?? NEVER).then(ending(resolve), ending(reject));
    } catch (error) {
      ending(reject)(error);
    }
  });
}

/** A timeout inside a breaker inside a bulkhead around every call to one dependency. */
export class DependencyPolicy implements Lane {
  // Outlives a breaker that is replaced: the calls that hold its slots are still under way.
  private readonly bulkhead: Bulkhead | undefined;
  private readonly whenOpened: (() => void)[] = [];
  private lastFailure: Error | null = null;
  private breaker: CircuitBreakerPolicy;

  constructor(
    private readonly options: DependencyPolicyOptions,
    private readonly events: ResilienceEvents,
    // Not the wall clock: a step back would keep old failures in the window, a step forward drop new ones.
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.bulkhead = options.bulkhead && new Bulkhead(options.dependency, options.bulkhead, events);
    this.breaker = this.compose();
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
   * A second way through, with a bulkhead of its own behind the same breaker: a flood on one leaves the other free, and
   * both share the state of the dependency.
   *
   * @param name of its bulkhead
   */
  lane(name: BulkheadName, options: BulkheadOptions): Lane {
    const bulkhead = new Bulkhead(name, options, this.events);
    return { run: (call) => this.through(bulkhead, call) };
  }

  private async through<T>(
    bulkhead: Bulkhead | undefined,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<Outcome<T>> {
    // The calls that hold the slots wait for a dependency that the breaker has given up on.
    if (this.state !== 'closed' && bulkhead?.isFull) return { kind: 'skipped', why: 'breaker-open' };
    try {
      const value = await (bulkhead?.execute(() => this.tryCall(call)) ?? this.tryCall(call));
      return { kind: 'answered', value };
    } catch (error) {
      if (isBrokenCircuitError(error)) return { kind: 'skipped', why: 'breaker-open' };
      if (isBulkheadRejectedError(error) || error instanceof NoSlotError)
        return { kind: 'skipped', why: 'bulkhead-full' };
      return { kind: 'failed', error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  /**
   * Closes the breaker at once. For callers that have seen the dependency answer by other means (a new connection, a
   * probe): calls should not wait out the open time of a fault that is over.
   */
  recovered(): void {
    if (this.breaker.state === CircuitState.Closed) return;
    this.breaker = this.compose();
    this.emitTransition('closed');
  }

  /**
   * Opens the breaker at once, until `recovered`. For a caller that has seen the connection close: no call is made that
   * could fail and be counted.
   *
   * @param cause why it cannot be opened again; null if that is not known yet
   */
  lost(cause: Error | null): void {
    if (this.state === 'open') {
      if (cause !== null) this.events.emit('unreachable', this.options.dependency, cause);
      return;
    }
    this.lastFailure = cause;
    this.breaker.isolate();
  }

  /** @param listener called when calls begin to be skipped */
  onOpened(listener: () => void): void {
    this.whenOpened.push(listener);
  }

  private async tryCall<T>(call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    // cockatiel would make all calls wait for the one trial, and then start them at once.
    // guard(one-trial-half-open): drop
    if (this.state === 'half-open') throw new BrokenCircuitError();
    const { breaker } = this;
    if (breaker.state !== CircuitState.Closed)
      return await breaker.execute(() => within(this.options.timeoutMs, call));
    try {
      return await within(this.options.timeoutMs, call);
    } catch (error) {
      // A success changes nothing in a closed breaker, and most calls are one: only a failure is given to it.
      if (breaker.state === CircuitState.Closed)
        await breaker.execute(() => Promise.reject(error)).catch(() => undefined);
      throw error;
    }
  }

  private compose(): CircuitBreakerPolicy {
    const { failures, windowMs, openMs, countsAsFailure } = this.options;
    const handled = countsAsFailure === undefined ? handleAll : handleWhen(countsAsFailure);
    const breaker = circuitBreaker(handled, {
      halfOpenAfter: openMs,
      breaker: new FailureWindow(failures, windowMs, this.nowMs),
    });
    // Emitted before the change of state that it causes.
    breaker.onBreak((reason) => {
      if ('error' in reason) this.lastFailure = reason.error instanceof Error ? reason.error : null;
    });
    breaker.onStateChange((state) => {
      if (breaker === this.breaker) this.emitTransition(STATES[state]);
    });
    return breaker;
  }

  private emitTransition(to: BreakerState): void {
    if (to === 'open') for (const listener of this.whenOpened) listener();
    const cause = to === 'open' ? this.lastFailure : null;
    this.events.emit('transition', { dependency: this.options.dependency, to, cause });
  }
}

/** The breaker that every policy has. */
export const breakerOf = (config: ResilienceConfig) => ({
  failures: config.breakerFailures,
  windowMs: config.breakerWindowMs,
  openMs: config.breakerOpenMs,
});

/** What stands in front of Redis. @param timeoutMs after which a command is given up */
export function redisPolicy(
  breaker: ResilienceConfig,
  timeoutMs: number,
  events: ResilienceEvents,
): DependencyPolicy {
  return new DependencyPolicy(
    { dependency: 'redis', timeoutMs, countsAsFailure: isRedisUnwell, ...breakerOf(breaker) },
    events,
  );
}
