import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from './random.ts';
import type { Writer } from './sql-writers.ts';

const PAUSE_MS = 30;

/** Runs every kind of writer all the time, each after its own pauses. */
export class Writers {
  readonly counts = new Map<string, number>();
  /** What ended a writer, if anything did. */
  failure: unknown;
  private readonly running: Promise<void>[] = [];
  private readonly kinds: Record<string, Writer>;
  private readonly random: Random;
  private stopping = false;
  private pausing: Promise<void> | undefined;
  private underWay = 0;

  constructor(kinds: Record<string, Writer>, random: Random) {
    this.kinds = kinds;
    this.random = random;
  }

  start(): void {
    for (const [name, write] of Object.entries(this.kinds)) this.running.push(this.writeOn(name, write));
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.running);
  }

  /** Nothing is committed while the work goes on. */
  async whilePaused(work: () => Promise<void>): Promise<void> {
    const over = Promise.withResolvers<void>();
    this.pausing = over.promise;
    while (this.underWay > 0) await pause(5);
    await work().finally(() => {
      this.pausing = undefined;
      over.resolve();
    });
  }

  private async writeOn(name: string, write: Writer): Promise<void> {
    while (!this.stopping) {
      await this.pausing;
      this.underWay += 1;
      // What it was to commit may be there or not: no verdict can be given from here on.
      await write().catch((error: unknown) => {
        this.failure ??= error;
        this.stopping = true;
      });
      this.underWay -= 1;
      this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      await pause(this.random.next() * 2 * PAUSE_MS);
    }
  }
}
