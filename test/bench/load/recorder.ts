import type { Outcome } from './connection.ts';
import { Histogram } from './histogram.ts';
import type { Second } from './plan.ts';

const TIER = /detail=([a-z0-9]+)|x-cache: ([a-z]+)/i;

/** Keeps account of a load: all in all, and second by second. Latency counts from the moment a request was due. */
export class Recorder {
  readonly latency = new Histogram();
  readonly errors: Record<string, number> = {};
  requests = 0;
  private readonly startMs: number;
  private readonly seconds: SecondAccount[] = [];

  /** @param startMs the load's first moment, by performance.now() */
  constructor(startMs: number) {
    this.startMs = startMs;
  }

  take(outcome: Outcome, dueMs: number, nowMs: number): void {
    const micros = (nowMs - dueMs) * 1_000;
    const second = this.secondOf(nowMs);
    this.requests += 1;
    this.latency.record(micros);
    second.requests += 1;
    second.latency.record(micros);
    const error = errorOf(outcome);
    if (error !== null) {
      second.errors += 1;
      this.errors[error] = (this.errors[error] ?? 0) + 1;
    }
    const tier = outcome.kind === 'answered' ? TIER.exec(outcome.answer.head) : null;
    if (tier !== null) count(second.tiers, tier[1] ?? tier[2] ?? '');
  }

  timeline(): Second[] {
    return Array.from(this.seconds, (second) => {
      const { requests = 0, errors = 0, tiers = {}, latency = new Histogram() } = second ?? {};
      return {
        requests,
        errors,
        p50Micros: latency.quantile(0.5),
        p99Micros: latency.quantile(0.99),
        tiers,
      };
    });
  }

  private secondOf(nowMs: number): SecondAccount {
    const index = Math.max(0, Math.floor((nowMs - this.startMs) / 1_000));
    const known = this.seconds[index];
    if (known !== undefined) return known;
    const made = { requests: 0, errors: 0, latency: new Histogram(), tiers: {} };
    this.seconds[index] = made;
    return made;
  }
}

interface SecondAccount {
  requests: number;
  errors: number;
  readonly latency: Histogram;
  readonly tiers: Record<string, number>;
}

function errorOf(outcome: Outcome): string | null {
  if (outcome.kind === 'failed') return outcome.reason;
  const { status } = outcome.answer;
  return status >= 200 && status < 400 ? null : `status ${status}`;
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
