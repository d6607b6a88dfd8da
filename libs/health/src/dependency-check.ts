/** A probe must not hang on what it probes. */
const TIMEOUT_MS = 500;
/** Checks come every second; one that is so old says nothing about now. */
const STALE_AFTER_MS = 5_000;

/** What is known of a dependency. `latencyMs` and `ageMs` are those of the last check, null before the first. */
export interface CheckState {
  readonly kind: 'up' | 'down' | 'unknown';
  readonly latencyMs: number | null;
  readonly ageMs: number | null;
}

interface Result {
  readonly kind: 'up' | 'down';
  readonly latencyMs: number;
  readonly atMs: number;
}

/** Asks one dependency for a sign of life, when it is told to, and remembers what came of it. */
export class DependencyCheck {
  private last: Result | undefined;
  private pending: Promise<'up' | 'down'> | undefined;
  private askedAtMs = 0;

  constructor(
    private readonly probe: () => Promise<void>,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /** Resolves when there is an answer, or none in time. Never throws. */
  async run(): Promise<void> {
    // A dependency that hangs is not asked again meanwhile: the questions would pile up on its connections.
    this.pending ??= this.ask();
    const kind = await withinTimeout(this.pending);
    const atMs = this.nowMs();
    this.last = { kind, latencyMs: atMs - this.askedAtMs, atMs };
  }

  get state(): CheckState {
    if (this.last === undefined) return { kind: 'unknown', latencyMs: null, ageMs: null };
    const { kind, latencyMs, atMs } = this.last;
    const ageMs = this.nowMs() - atMs;
    return { kind: ageMs > STALE_AFTER_MS ? 'unknown' : kind, latencyMs, ageMs };
  }

  /** What the last check found, however long ago; `down` before the first. */
  get lastKnown(): 'up' | 'down' {
    return this.last?.kind ?? 'down';
  }

  private async ask(): Promise<'up' | 'down'> {
    this.askedAtMs = this.nowMs();
    try {
      await this.probe();
      return 'up';
    } catch {
      // Why is logged by whoever needs the dependency; a probe's answer is for everyone to read.
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
