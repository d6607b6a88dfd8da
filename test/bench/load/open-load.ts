import { Arrivals } from './arrivals.ts';
import { Connection } from './connection.ts';
import { Histogram } from './histogram.ts';
import type { Stage } from './plan.ts';
import type { Recorder } from './recorder.ts';

const TICK_MS = 1;

export interface OpenLoad {
  readonly stages: readonly Stage[];
  readonly connections: readonly Connection[];
  readonly patienceMs: number;
  readonly nextRequest: () => string;
  readonly recorder: Recorder;
  readonly startMs: number;
}

/**
 * Sends requests by the clock. One that finds no free connection waits, and its latency counts from when it was due:
 * a server that stalls is charged for everyone it kept waiting, also those that a closed loop would never have sent
 * (Tene's "coordinated omission").
 */
export class OpenLoadRun {
  /** How late requests that were due were taken up, in microseconds. */
  readonly lag = new Histogram();
  private readonly load: OpenLoad;
  private readonly arrivals: Arrivals;
  private readonly free: Connection[];
  private readonly queue: number[] = [];
  private queueHead = 0;
  private scheduled = 0;
  private finished = 0;

  constructor(load: OpenLoad) {
    this.load = load;
    this.arrivals = new Arrivals(load.stages);
    this.free = [...load.connections];
  }

  /** @returns when every request was answered or given up */
  run(): Promise<void> {
    return new Promise((resolve) => {
      const tick = () => {
        this.schedule(performance.now());
        this.giveUp(performance.now() - this.load.patienceMs);
        if (this.finished >= this.arrivals.total) resolve();
        else setTimeout(tick, TICK_MS);
      };
      tick();
    });
  }

  private schedule(nowMs: number): void {
    const due = this.arrivals.dueBy(nowMs - this.load.startMs);
    while (this.scheduled < due) {
      const dueMs = this.load.startMs + this.arrivals.dueAtMs(this.scheduled++);
      this.lag.record((nowMs - dueMs) * 1_000);
      this.queue.push(dueMs);
    }
    this.sendWaiting();
  }

  private sendWaiting(): void {
    while (this.queueHead < this.queue.length && this.free.length > 0) {
      const dueMs = this.queue[this.queueHead++] ?? 0;
      const connection = this.free.pop();
      connection?.send(this.load.nextRequest(), dueMs, (outcome) => {
        this.free.push(connection);
        this.finished += 1;
        this.load.recorder.take(outcome, dueMs, performance.now());
        this.sendWaiting();
      });
    }
  }

  /** Clients do not wait without limit, neither for an answer nor in the queue. */
  private giveUp(dueBeforeMs: number): void {
    for (const connection of this.load.connections) connection.giveUp(dueBeforeMs);
    while ((this.queue[this.queueHead] ?? Number.POSITIVE_INFINITY) <= dueBeforeMs) {
      const dueMs = this.queue[this.queueHead++] ?? 0;
      this.finished += 1;
      this.load.recorder.take({ kind: 'failed', reason: 'timeout' }, dueMs, performance.now());
    }
  }
}
