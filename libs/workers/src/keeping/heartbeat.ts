const PING_EVERY_MS = 1_000;
/** So many pings without an answer, and a worker is taken for hung: its loop is blocked, or it is stopped. */
const UNANSWERED_LIMIT = 5;

/**
 * Whether a worker still answers. Pings are counted, not seconds: when the parent itself was stopped, many seconds have
 * passed in which it could not have heard an answer.
 */
export class Heartbeat {
  private pingedAtMs: number;
  private unanswered = 0;

  /** @param nowMs when the worker began to serve; the first ping is due a period later */
  constructor(
    nowMs: number,
    private readonly ping: () => void,
  ) {
    this.pingedAtMs = nowMs;
  }

  /** Pings when it is time to. @returns whether the worker is silent */
  isSilentAt(nowMs: number): boolean {
    if (nowMs - this.pingedAtMs < PING_EVERY_MS) return false;
    if (this.unanswered >= UNANSWERED_LIMIT) return true;
    this.pingedAtMs = nowMs;
    this.unanswered += 1;
    this.ping();
    return false;
  }

  answered(): void {
    this.unanswered = 0;
  }
}
