import { CircuitState, type IBreaker } from 'cockatiel';

/**
 * Opens after `limit` failures within the last `windowMs`, whatever succeeds between them. cockatiel's own
 * breakers count in a row or by share: a dependency that fails now and then under heavy traffic never trips
 * those, yet costs every caller a timeout.
 */
export class FailureWindow implements IBreaker {
  private failuresAtMs: number[] = [];

  /**
   * @param limit failures that open the breaker
   * @param windowMs how far back a failure counts, in milliseconds
   * @param nowMs the clock, in milliseconds
   */
  constructor(
    private readonly limit: number,
    private readonly windowMs: number,
    private readonly nowMs: () => number,
  ) {}

  get state(): unknown {
    return this.failuresAtMs;
  }

  set state(value: unknown) {
    this.failuresAtMs = Array.isArray(value) ? value.map(Number) : [];
  }

  success(state: CircuitState): void {
    if (state === CircuitState.HalfOpen) this.failuresAtMs = [];
  }

  failure(state: CircuitState): boolean {
    const nowMs = this.nowMs();
    this.failuresAtMs = this.failuresAtMs.filter((atMs) => nowMs - atMs < this.windowMs);
    this.failuresAtMs.push(nowMs);
    const opens = state === CircuitState.HalfOpen || this.failuresAtMs.length >= this.limit;
    if (opens) this.failuresAtMs = [];
    return opens;
  }
}
