import type { DependencyPolicy } from './dependency-policy.js';

const EVERY_MS = 500;

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
    this.timer = setTimeout(() => void this.ask(), EVERY_MS).unref();
  }

  private async ask(): Promise<void> {
    // Still away: asked again below.
    await this.probe().catch(() => undefined);
    this.timer = undefined;
    if (this.policy.state !== 'closed') this.schedule();
  }
}
