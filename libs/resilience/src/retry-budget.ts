/** What a quiet process may retry before it has earned anything. */
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
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
