import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DatabaseLink } from '#libs/db';
import { RedisLink } from '#libs/redis';

const EVERY_MS = 1_000;

/** Checks the dependencies in the background: however many probes ask, none of them waits for Postgres or Redis. */
@Injectable()
export class DependencyWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly postgres: DependencyCheck;
  readonly redis: DependencyCheck;
  private timer: NodeJS.Timeout | undefined;

  constructor(database: DatabaseLink, redis: RedisLink) {
    this.postgres = new DependencyCheck(() => database.probe());
    this.redis = new DependencyCheck(() => redis.probe());
  }

  /** The first check ends before the first request. */
  async onApplicationBootstrap(): Promise<void> {
    await this.check();
    // Processes that were started together should not check at the same time.
    this.timer = setInterval(() => void this.check(), EVERY_MS * (0.9 + Math.random() / 5)).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async check(): Promise<void> {
    await Promise.all([this.postgres.run(), this.redis.run()]);
  }
}

/** A probe must not hang on what it probes. */
const TIMEOUT_MS = 500;
/** Checks come every second; one that is so old says nothing about now. */
const STALE_AFTER_MS = 5_000;

/**
 * The known state of a dependency. `latencyMs` is that of the last answered check: one that failed shows how long
 * it was waited for, not how fast the dependency is. `ageMs` is the age of the last check. Both are null before the first.
 */
export interface CheckState {
  readonly kind: 'up' | 'down' | 'unknown';
  readonly latencyMs: number | null;
  readonly ageMs: number | null;
}

interface Result {
  readonly kind: 'up' | 'down';
  readonly atMs: number;
}

/** Checks one dependency on demand, and keeps the result. */
export class DependencyCheck {
  private last: Result | undefined;
  private latencyMs: number | null = null;
  private pending: Promise<'up' | 'down'> | undefined;
  private askedAtMs = 0;

  constructor(
    private readonly probe: () => Promise<void>,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Resolves when there is an answer, or none in time. Never throws. */
  async run(): Promise<void> {
    // A dependency that hangs is not asked again meanwhile: the questions would pile up on its connections.
    // guard(hung-dependency-is-asked-once): = this.pending = this.ask()
    this.pending ??= this.ask();
    const kind = await withinTimeout(this.pending);
    const atMs = this.nowMs();
    this.last = { kind, atMs };
    if (kind === 'up') this.latencyMs = atMs - this.askedAtMs;
  }

  get state(): CheckState {
    if (this.last === undefined) return { kind: 'unknown', latencyMs: null, ageMs: null };
    const { kind, atMs } = this.last;
    const { latencyMs } = this;
    const ageMs = this.nowMs() - atMs;
    return { kind: ageMs > STALE_AFTER_MS ? 'unknown' : kind, latencyMs, ageMs };
  }

  /** The result of the last check, however old; `down` before the first. */
  get lastKnown(): 'up' | 'down' {
    return this.last?.kind ?? 'down';
  }

  private async ask(): Promise<'up' | 'down'> {
    this.askedAtMs = this.nowMs();
    try {
      await this.probe();
      return 'up';
    } catch {
      // The users of the dependency log the reason; a probe's answer is public.
      return 'down';
    } finally {
      this.pending = undefined;
    }
  }
}

async function withinTimeout(answer: Promise<'up' | 'down'>): Promise<'up' | 'down'> {
  const { promise, resolve } = Promise.withResolvers<'down'>();
  const timer = setTimeout(() => resolve('down'), TIMEOUT_MS);
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
  }
}

export const UNKNOWN = 'not checked for a while; the process may be overloaded';
export const SKIPPED = 'failed lately; calls are skipped for now';

/** The facts of a check as the report shows them: it is public, and has no address and no text of an error. */
export function factsOf({ latencyMs, ageMs }: CheckState) {
  const rounded = (ms: number | null) => (ms === null ? null : Math.round(ms * 10) / 10);
  return { latency_ms: rounded(latencyMs), checked_ms_ago: rounded(ageMs) };
}
