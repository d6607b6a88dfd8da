import { setTimeout as pause } from 'node:timers/promises';
import type { Api } from '../support/api.ts';

/** A new one for each start. */
export const processName = ({ pid }: Api) => `process ${pid}`;

/**
 * Which processes were stopped, and until when. One that wakes up finds that all of its deadlines have passed: what it had under way
 * has failed, and it answers with its entries, marked stale.
 */
export class ProcessStops {
  private readonly untilMs = new Map<string, number>();

  async stop(api: Api, ms: number): Promise<void> {
    this.untilMs.set(processName(api), Number.POSITIVE_INFINITY);
    process.kill(api.pid, 'SIGSTOP');
    await pause(ms);
    process.kill(api.pid, 'SIGCONT');
    this.untilMs.set(processName(api), performance.now());
  }

  /** Whether it is stopped, or was so a short time ago. */
  isRecent(name: string, withinMs: number): boolean {
    return performance.now() - (this.untilMs.get(name) ?? Number.NEGATIVE_INFINITY) < withinMs;
  }
}
