import type { ToParent, ToWorker } from '../talking/protocol.js';

/** Neither prepared, nor listening, nor dead after that long: it hangs. */
export const START_LIMIT_MS = 60_000;

/** How a worker ended. */
export interface WorkerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** What becomes of a worker, as its parent sees it. */
export interface WorkerListener {
  /** It takes connections from now on. */
  listening(): void;
  heard(message: ToParent): void;
  exited(exit: WorkerExit): void;
}

/** A worker as its parent holds it. */
export interface WorkerProcess {
  readonly pid: number;
  /** Whether it answers pings: one that still loads the program can not. */
  readonly isPrepared: boolean;
  /** Does nothing where it is gone. */
  tell(message: ToWorker): void;
  /** Ends it at once. */
  kill(): void;
}

/** Starts workers: real ones, or a test's. Each does what it can of its start, and waits until it is told to serve. */
export interface Launcher {
  launch(listener: WorkerListener): WorkerProcess;
}
