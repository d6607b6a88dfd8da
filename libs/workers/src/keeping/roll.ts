import type { WorkerSlot } from './worker-slot.js';

/** What a roll needs of whoever keeps the workers. */
export interface Rollable {
  readonly isStopping: boolean;
  readonly slots: readonly WorkerSlot[];
  /** Starts a worker in a place beside the others. @returns undefined where it died instead of serving */
  addWorker(): Promise<WorkerSlot | undefined>;
  /** Stops a worker gracefully, and gives its place up. */
  retire(slot: WorkerSlot): Promise<void>;
}

export type RollOutcome = 'done' | 'given up';

/**
 * Replaces every worker by a new one, one at a time, so that at every moment as many serve as before. Where a new one
 * does not come up the old ones stay: a broken release must not take the service down.
 */
export async function roll(pool: Rollable): Promise<RollOutcome> {
  for (const old of [...pool.slots]) {
    const fresh = await pool.addWorker();
    if (fresh === undefined || pool.isStopping) return 'given up';
    await pool.retire(old);
  }
  return 'done';
}
