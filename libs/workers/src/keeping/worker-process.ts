import type { ToParent, ToWorker } from '../talking/protocol.js';

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
  /** Does nothing where it is gone. */
  tell(message: ToWorker): void;
  /** Ends it at once. */
  kill(): void;
}

/** Starts workers: real ones, or a test's. */
export interface Launcher {
  launch(listener: WorkerListener): WorkerProcess;
}
